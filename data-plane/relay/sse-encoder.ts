/** The end of a stream that is complete. A stream that is not never carries it. */
export const DONE_EVENT = 'data: [DONE]\n\n'

/** One server-sent event. JSON holds no line feeds, so one data line is enough. */
export function encodeEvent(payload: object): string {
  return `data: ${JSON.stringify(payload)}\n\n`
}
