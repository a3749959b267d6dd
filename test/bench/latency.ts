import { setTimeout as wait } from 'node:timers/promises'
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

interface PacedOptions {
  readonly requestsPerSecond: number
  readonly seconds: number
}

/** Sends at a steady pace, whether or not answers have come (open loop), and times each whole answer. */
export async function pacedLatency(targets: readonly Contestant[], options: PacedOptions): Promise<LatencyResult[]> {
  const dispatcher = new Agent({ connections: 256 })
  const times: number[][] = targets.map(() => [])
  const started = performance.now()
  const pending: Promise<void>[] = []
  let sent = 0
  const total = options.requestsPerSecond * options.seconds * targets.length
  while (sent < total) {
    const due = Math.min(total, ((performance.now() - started) / 1_000) * options.requestsPerSecond * targets.length)
    for (; sent < due; sent += 1) {
      // The contestants take turns, so that whatever else this machine does meets them alike.
      const index = sent % targets.length
      const target = targets[index]
      if (target) pending.push(timeOne(target, dispatcher).then((ms) => void times[index]?.push(ms)))
    }
    await wait(1)
  }
  await Promise.all(pending)
  await dispatcher.close()
  return times.map((list) => ({ p50Ms: percentile(list, 0.5), p99Ms: percentile(list, 0.99) }))
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

async function timeOne(target: Contestant, dispatcher: Agent): Promise<number> {
  const started = performance.now()
  const answer = await request(`${target.url}/v1/chat/completions`, {
    method: 'POST',
    body: BODY,
    dispatcher,
    headers: headersOf(target),
  })
  await answer.body.dump()
  if (answer.statusCode !== 200) throw new Error(`${target.name} answered ${answer.statusCode}`)
  return performance.now() - started
}

function headersOf(target: Contestant): Record<string, string> {
  return { 'content-type': 'application/json', ...target.headers }
}

function percentile(times: number[], share: number): number {
  const sorted = times.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
