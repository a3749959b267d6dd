/** What is wrong with one part of what somebody set. */
export interface SettingFault {
  /** Where it stands, for example `weights[1]` or `parameters.temperature`. */
  readonly path: string
  /** What it must be instead: the rest of a sentence that begins with the path. */
  readonly message: string
}
