/** A time of the day as `16:30:00Z`. @param ms whole seconds since midnight UTC, in milliseconds */
export function writeTimeOfDay(ms: number): string {
  return `${new Date(ms).toISOString().slice('1970-01-01T'.length, '1970-01-01T00:00:00'.length)}Z`
}
