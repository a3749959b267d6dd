import type { Standing } from '../../data-plane/health/endpoint-record.ts'
import { createHealthBook } from '../../data-plane/health/health-book.ts'
import type { Candidate } from '../../data-plane/snapshot/workspace-view.ts'
import { model, PRICE } from '../helpers/snapshot-fixtures.ts'

/** What it takes to put together how endpoints do, which happens every two seconds and for no call. */
export interface RefreshTime {
  readonly refreshMs: number
  /** To gather what other processes are told. */
  readonly tellMs: number
}

const ENDPOINTS = 2_000
const CALLS_EACH = 60
const ROUNDS = 50

/** Measures it for 2,000 endpoints, all of them asked of late and heard of from elsewhere: the middle of many rounds. */
export function measureRefresh(): RefreshTime {
  let now = 1_800_000_000_000
  const book = createHealthBook(() => now)
  const candidates = Array.from({ length: ENDPOINTS }, (_none, index) => candidate(index))
  for (const each of candidates) {
    const record = book.of(each)
    for (let call = 0; call < CALLS_EACH; call += 1) {
      now += 0.1
      record.begin()
      record.answered(50 * 1.2 ** (call % 30), 100)
      record.observeSpeed(80)
      record.end()
    }
  }
  const elsewhere = new Map<string, Standing>(book.tell())
  const refreshes: number[] = []
  const tellings: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    refreshes.push(timeOf(() => book.refresh(elsewhere)))
    tellings.push(timeOf(() => book.tell()))
  }
  return { refreshMs: middle(refreshes), tellMs: middle(tellings) }
}

function candidate(index: number): Candidate {
  const endpoint = {
    gateway: 'simulator' as const,
    upstreamModel: `model-${index}`,
    price: PRICE,
    credentialId: null,
  }
  return {
    model: model({ id: `model-${index}`, endpoints: [endpoint] }),
    endpoint,
    credential: { id: 'platform', gateway: 'simulator', sealedSecret: null, baseUrl: null, settings: {} },
    paidBy: 'credits',
  }
}

function timeOf(run: () => void): number {
  const started = performance.now()
  run()
  return performance.now() - started
}

function middle(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)] ?? Number.NaN
}
