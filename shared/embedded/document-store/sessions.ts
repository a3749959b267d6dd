import { Binary } from 'bson'
import { createHash } from 'node:crypto'
import { type Fields, isFields, type Value } from './values/bson-values.ts'

/** The sessions clients have named; nothing rests on them but `$listLocalSessions`. */
export interface Sessions {
  touch: (id: Value) => void
  end: (ids: Value) => void
  list: () => Fields[]
  expire: () => void
}

const TIMEOUT_MS = 30 * 60 * 1000
/** The user of a server without users: the digest of the empty name. */
const NOBODY = new Binary(createHash('sha256').update('').digest())

/** Makes the register of sessions. */
export function createSessions(now: () => Date): Sessions {
  const known = new Map<string, { id: Binary; lastUse: Date }>()
  return {
    touch: (session) => {
      const id = idOf(session)
      if (id) known.set(id.toString('hex'), { id, lastUse: now() })
    },
    end: (sessions) => {
      for (const session of Array.isArray(sessions) ? sessions : []) known.delete(idOf(session)?.toString('hex') ?? '')
    },
    list: () => [...known.values()].map(({ id, lastUse }) => ({ _id: { id, uid: NOBODY }, lastUse })),
    expire: () => {
      for (const [key, { lastUse }] of known) if (now().getTime() - lastUse.getTime() > TIMEOUT_MS) known.delete(key)
    },
  }
}

function idOf(session: Value): Binary | undefined {
  const id = isFields(session) ? session['id'] : undefined
  return id instanceof Binary ? id : undefined
}
