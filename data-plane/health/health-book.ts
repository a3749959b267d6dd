import type { HealthReader } from '../endpoint-health.ts'
import type { Candidate } from '../snapshot/workspace-view.ts'
import { EndpointRecord, type Standing } from './endpoint-record.ts'

/**
 * The records of every endpoint that this process has asked or heard of. A record belongs to an endpoint as reached
 * with one credential: another credential has limits of its own, and may be accepted where the first is refused.
 */
export interface HealthBook extends HealthReader {
  of(candidate: Candidate): EndpointRecord
  /** A credential was refused: whatever it opens is left alone for so long. */
  coolCredential(candidate: Candidate, ms: number): void
  /** Recomputes what deciding reads; called every few seconds, never for a request. */
  refresh(elsewhere: ReadonlyMap<string, Standing>): void
  /** What this process has to tell others, by the endpoint's key. */
  tell(): [string, Standing][]
}

/** Beyond this many records the book begins anew: no catalog has as many endpoints in use. */
const RECORDS_KEPT = 50_000

class CredentialRecord {
  availableAt = 0
}

/** @param now milliseconds since the epoch */
export function createHealthBook(now: () => number): HealthBook {
  const records = new Map<string, EndpointRecord>()
  const credentials = new Map<string, CredentialRecord>()
  // A candidate lives as long as its snapshot: its key is put together once, not for each call.
  const known = new WeakMap<Candidate, EndpointRecord>()

  // By its sealed form as well: a secret that was changed has a clean record at once.
  const credentialOf = ({ credential }: Candidate): CredentialRecord => {
    const key = `${credential.id} ${credential.sealedSecret}`
    const existing = credentials.get(key)
    if (existing) return existing
    if (credentials.size >= RECORDS_KEPT) credentials.clear()
    const record = new CredentialRecord()
    credentials.set(key, record)
    return record
  }
  const open = (candidate: Candidate): EndpointRecord => {
    const key = keyOf(candidate)
    const existing = records.get(key)
    if (existing) return existing
    if (records.size >= RECORDS_KEPT) records.clear()
    const record = new EndpointRecord(now)
    records.set(key, record)
    return record
  }

  return {
    of(candidate) {
      const existing = known.get(candidate)
      if (existing) return existing
      const record = open(candidate)
      record.credential = credentialOf(candidate)
      known.set(candidate, record)
      return record
    },
    coolCredential(candidate, ms) {
      const record = credentialOf(candidate)
      record.availableAt = Math.max(record.availableAt, now() + ms)
    },
    refresh(elsewhere) {
      for (const [key, record] of records) record.refresh(elsewhere.get(key) ?? null)
    },
    tell: () =>
      [...records].flatMap(([key, record]): [string, Standing][] => {
        const standing = record.tell()
        return standing ? [[key, standing]] : []
      }),
  }
}

function keyOf({ endpoint, credential }: Candidate): string {
  return `${credential.id} ${endpoint.gateway}:${endpoint.upstreamModel}`
}
