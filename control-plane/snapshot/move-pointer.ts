import type { Redis } from '../../shared/redis/connect.ts'
import { snapshotPointerKey, snapshotRevisionKey } from '../../shared/redis/keys.ts'
import { snapshotPointerSchema, type SnapshotPointer } from '../../shared/snapshot/snapshot-schema.ts'

/** A replaced revision stays for a while, for a data plane that reads it just now. To look back at, MongoDB keeps it. */
const KEEP_REPLACED_SECONDS = 60 * 60

/**
 * KEYS  1 pointer  2 the revision to serve; both of one workspace, as is every key made from ARGV 4
 * ARGV  1 revision  2 changes it knows of  3 its bytes  4 what revision keys begin with  5 seconds to keep a replaced one
 * GIVES 1 the pointer moved to another revision · 2 it names the revision it named before · 0 it knows of more changes
 *
 * Content and pointer are written together, so that the pointer never names a revision that is missing or about to
 * expire: a revision that comes back loses the expiry it got when it was replaced.
 */
const MOVE_POINTER_SCRIPT = `
local before = redis.call('GET', KEYS[1])
local revision = nil
if before then
  local pointer = cjson.decode(before)
  if tonumber(pointer.changes) > tonumber(ARGV[2]) then return 0 end
  revision = pointer.revision
end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], '{"revision":"' .. ARGV[1] .. '","changes":' .. ARGV[2] .. '}')
if revision == ARGV[1] then return 2 end
if revision then redis.call('EXPIRE', ARGV[4] .. revision, ARGV[5]) end
return 1
`

export type PointerMove = 'moved' | 'unchanged' | 'refused'

interface NewRevision extends SnapshotPointer {
  readonly bytes: string
}

/** Serves a revision, unless what is served already knows of more changes. */
export async function movePointer(redis: Redis, snapshotId: string, next: NewRevision): Promise<PointerMove> {
  const outcome = await redis.eval(
    MOVE_POINTER_SCRIPT,
    2,
    snapshotPointerKey(snapshotId),
    snapshotRevisionKey(snapshotId, next.revision),
    next.revision,
    next.changes,
    next.bytes,
    snapshotRevisionKey(snapshotId, ''),
    KEEP_REPLACED_SECONDS,
  )
  if (outcome === 0) return 'refused'
  return outcome === 1 ? 'moved' : 'unchanged'
}

/** What is served now; null: nothing. */
export async function readPointer(redis: Redis, snapshotId: string): Promise<SnapshotPointer | null> {
  const text = await redis.get(snapshotPointerKey(snapshotId))
  return text === null ? null : snapshotPointerSchema.parse(JSON.parse(text))
}
