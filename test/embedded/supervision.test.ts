import { describe, expect, test, vi } from 'vitest'
import { createRestartPolicy } from '../../shared/embedded/restart-policy.ts'
import type { Part, Running } from '../../shared/embedded/running.ts'
import { createSupervisor } from '../../shared/embedded/supervise.ts'
import { createLogger } from '../../shared/runtime/logger.ts'

function movableClock() {
  let now = 0
  return {
    now: () => now,
    monotonicMs: () => now,
    advance(ms: number) {
      now += ms
    },
  }
}

interface FakeProcess extends Running {
  serve(): void
  die(reason: string): void
}

/** A part whose processes do what the test says. */
function fakePart(name: string, events: string[], { ignoresStop = false, servesAtOnce = true } = {}) {
  const processes: FakeProcess[] = []
  const launched: (() => void)[] = []
  const part: Part = {
    name,
    async launch() {
      const ready = Promise.withResolvers<void>()
      const ended = Promise.withResolvers<string>()
      const die = (reason: string): void => {
        events.push(`${name} ended`)
        ended.resolve(reason)
      }
      events.push(`${name} started`)
      const process: FakeProcess = {
        pid: 1_000 + processes.length,
        ready: ready.promise,
        ended: ended.promise,
        serve: ready.resolve,
        die,
        stop: () => (ignoresStop ? undefined : die('exit code 0')),
        kill: () => die('SIGKILL'),
      }
      processes.push(process)
      if (servesAtOnce) process.serve()
      launched.shift()?.()
      return process
    },
  }
  return { part, processes, nextLaunch: () => new Promise<void>((resolve) => launched.push(resolve)) }
}

function supervise() {
  const giveUp = vi.fn<() => void>()
  const pids: (readonly number[])[] = []
  const supervisor = createSupervisor({
    clock: movableClock(),
    logger: createLogger('test', 'silent'),
    onChange: (now) => pids.push(now),
    onGiveUp: giveUp,
  })
  return { supervisor, giveUp, pids }
}

describe('the restart policy', () => {
  test('waits twice as long after each death and gives up at the fifth within a minute', () => {
    const policy = createRestartPolicy(movableClock())
    const verdicts = Array.from({ length: 5 }, () => policy.died())
    expect(verdicts.map((verdict) => (verdict.type === 'restart' ? verdict.delayMs : 'end'))).toEqual([
      250,
      500,
      1_000,
      2_000,
      'end',
    ])
  })

  test('forgets deaths of more than a minute ago', () => {
    const clock = movableClock()
    const policy = createRestartPolicy(clock)
    for (let death = 0; death < 4; death += 1) policy.died()
    clock.advance(60_000)
    expect(policy.died()).toEqual({ type: 'restart', delayMs: 250 })
  })
})

describe('the supervisor', () => {
  test('waits until a part serves', async () => {
    const { supervisor } = supervise()
    const { part, processes, nextLaunch } = fakePart('store', [], { servesAtOnce: false })
    const launched = nextLaunch()
    let serving = false
    const started = supervisor.start(part).then(() => {
      serving = true
    })
    await launched
    expect(serving).toBe(false)
    processes[0]?.serve()
    await started
  })

  test('says which part ended before it served, and how', async () => {
    const { supervisor } = supervise()
    const { part, processes, nextLaunch } = fakePart('store', [], { servesAtOnce: false })
    const launched = nextLaunch()
    const started = supervisor.start(part)
    await launched
    processes[0]?.die('exit code 1')
    await expect(started).rejects.toThrow('The store could not start (exit code 1).')
  })

  test('starts a part again that died, and keeps the record of who runs', async () => {
    const { supervisor, pids } = supervise()
    const { part, processes, nextLaunch } = fakePart('worker', [])
    await supervisor.start(part)
    const again = nextLaunch()
    processes[0]?.die('SIGKILL')
    await again
    await vi.waitFor(() => expect(pids.at(-1)).toEqual([1_001]))
    expect(pids).toContainEqual([])
    await supervisor.stop([{ names: ['worker'], limitMs: 100 }])
  })

  test('ends parts stage by stage, and starts none of them again', async () => {
    const events: string[] = []
    const { supervisor } = supervise()
    for (const name of ['redis', 'worker', 'data plane']) await supervisor.start(fakePart(name, events).part)
    events.length = 0
    const stages = ['data plane', 'worker', 'redis'].map((name) => ({ names: [name], limitMs: 100 }))
    await supervisor.stop(stages)
    expect(events).toEqual(['data plane ended', 'worker ended', 'redis ended'])
  })

  test('kills what does not end within its limit', async () => {
    const events: string[] = []
    const { supervisor } = supervise()
    const { part, processes } = fakePart('worker', events, { ignoresStop: true })
    await supervisor.start(part)
    await supervisor.stop([{ names: ['worker'], limitMs: 5 }])
    await expect(processes[0]?.ended).resolves.toBe('SIGKILL')
  })

  test('gives a stage the time that those before it did not need', async () => {
    const events: string[] = []
    const { supervisor } = supervise()
    const { part, processes } = fakePart('worker', events, { ignoresStop: true })
    await supervisor.start(fakePart('data plane', events).part)
    await supervisor.start(part)
    const stages = [
      { names: ['data plane'], limitMs: 60_000 },
      { names: ['worker'], limitMs: 0 },
    ]
    const stopped = supervisor.stop(stages)
    await vi.waitFor(() => expect(events).toContain('data plane ended'))
    // Later than its own limit of nothing.
    setTimeout(() => processes[0]?.die('exit code 0'), 2)
    await stopped
    await expect(processes[0]?.ended).resolves.toBe('exit code 0')
  })

  test('starts nothing once it is stopping', async () => {
    const { supervisor } = supervise()
    await supervisor.stop([])
    await expect(supervisor.start(fakePart('worker', []).part)).rejects.toThrow('everything is being stopped')
  })
})
