import { Agent, request } from 'undici'
import type { Contestant } from './contestants.ts'
import { BODY } from './load.ts'

/**
 * Latency measured in this process with sub-millisecond clocks: autocannon rounds to whole milliseconds, which is more
 * than a gateway adds.
 */
export interface LatencyResult {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** The time from sending a streamed request to the first byte of its answer, one at a time, taking turns. */
export async function firstByteLatency(targets: readonly Contestant[], rounds: number): Promise<LatencyResult[]> {
  const dispatcher = new Agent({ connections: 1 })
  const body = JSON.stringify({ ...(JSON.parse(BODY) as object), stream: true })
  const times: number[][] = targets.map(() => [])
  for (let round = 0; round < rounds * targets.length; round += 1) {
    const index = round % targets.length
    const target = targets[index]
    if (!target) continue
    const started = performance.now()
    const answer = await request(`${target.url}/v1/chat/completions`, {
      method: 'POST',
      body,
      dispatcher,
      headers: headersOf(target),
    })
    let first = 0
    for await (const chunk of answer.body) if (chunk && first === 0) first = performance.now() - started
    times[index]?.push(first)
  }
  await dispatcher.close()
  return times.map((list) => ({ p50Ms: percentile(list, 0.5), p99Ms: percentile(list, 0.99) }))
}

function headersOf(target: Contestant): Record<string, string> {
  return { 'content-type': 'application/json', ...target.headers }
}

function percentile(times: number[], share: number): number {
  const sorted = times.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
