import { fault } from './request-fields.ts'

/**
 * What of a request's target follows a prefix, as it came: path and query. It is put behind a base URL, so whatever could
 * lead out from under that is refused: dot segments (as they are, and encoded however often), backslashes, encoded
 * slashes, control characters, and targets that name a host.
 *
 * @param target the request line's: `/v1/proxy/openrouter/models?x=1`
 * @param prefix without a slash at its end
 * @returns begins with one slash
 * @throws SignalboxError `invalid_request`
 */
export function readForwardedPath(target: string, prefix: string): string {
  if (!target.startsWith(`${prefix}/`)) throw fault('path', `must begin with ${prefix}/, as it stands`)
  const rest = target.slice(prefix.length)
  if (rest.length > LONGEST) throw fault('path', `must have at most ${LONGEST} characters`)
  const [path = ''] = rest.split('?', 1)
  // A second slash would begin a host for whoever resolves it as a reference.
  const isSafe = FORM.test(rest) && !path.startsWith('//') && !hasDetour(path)
  if (!isSafe) throw fault('path', 'must be plain: without dot segments, backslashes or encoded slashes')
  return rest
}

const LONGEST = 8_192
/** Visible ASCII, as URLs are, without what ends a path or is read as a slash. */
const FORM = /^[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7c\x7e]+$/

function hasDetour(path: string): boolean {
  let decoded = path
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if (/%(?:2f|5c|0|1|7f)/i.test(decoded) || decoded.includes('\\')) return true
    if (decoded.split('/').some((segment) => /^\.{1,2}(?:;|$)/.test(segment))) return true
    if (!decoded.includes('%')) return false
    try {
      const next = decodeURIComponent(decoded)
      if (next === decoded) return false
      decoded = next
    } catch {
      return true
    }
  }
  // Encoded more often than anything honest.
  return true
}

const MOST_ROUNDS = 4
