/** How long a request may take to arrive, and how large may be what comes before its body. */

/** All headers, from when the connection was opened or the answer before it ended. */
export const HEADERS_LIMIT_MS = 60_000

/** All of it: a file that goes on to a provider comes as slowly as its caller sends it. */
export const REQUEST_LIMIT_MS = 600_000

/** Of the headers, the request's first line included. */
export const HEADERS_LIMIT_BYTES = 16_384

/** Of an id in a path; ours are shorter. */
export const LONGEST_ID_CHARACTERS = 100
