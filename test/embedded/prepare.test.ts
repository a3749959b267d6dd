import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'

type Lock = Record<string, { version?: string; integrity?: string; optional?: boolean }>
interface Machine {
  has: (command: string) => boolean
  isRoot: boolean
  canSudo: () => boolean
}
interface Plan {
  type: 'install' | 'ask'
  manager: { name: string }
  prefix: string[]
  message: string
}

// The scripts are plain JavaScript without types: they run before the compiler is installed.
const load = (name: string) => import(new URL(`../../scripts/prepare/${name}.mjs`, import.meta.url).href)
const { lockIsSatisfied } = (await load('packages')) as { lockIsSatisfied: (wanted: Lock, installed: Lock) => boolean }
const { findRedisServer, planInstallation } = (await load('redis-server')) as {
  findRedisServer: (path: string | undefined, exists: (file: string) => boolean) => string | undefined
  planInstallation: (machine: Machine) => Plan
}
const { staleOutputs } = (await load('build')) as { staleOutputs: (sources: string[], outputs: string[]) => string[] }
const { countTests, lastLine } = (await load('test-counts')) as {
  countTests: (report: object | undefined, ok: boolean) => { passed: number; failed: number }
  lastLine: (counts: { passed: number; failed: number }) => string
}

describe('installed packages', () => {
  const wanted: Lock = {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/for-another-machine': { version: '2.0.0', optional: true },
  }

  test('fit the lock file when only optional ones are missing and more may be there', () => {
    const installed = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' }, 'node_modules/b': {} }
    expect(lockIsSatisfied(wanted, installed)).toBe(true)
  })

  test.each([
    ['one is missing', {}],
    ['one has another version', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['one has other contents', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
  ])('do not fit it when %s', (_name, installed) => {
    expect(lockIsSatisfied(wanted, installed)).toBe(false)
  })
})

describe('a Redis server', () => {
  test('is found on PATH, and redis before valkey wherever both are', () => {
    const files = new Set(['/b/valkey-server', '/c/redis-server'])
    expect(findRedisServer('/a:/b', (file) => files.has(file))).toBe('/b/valkey-server')
    expect(findRedisServer('/a:/b:/c', (file) => files.has(file))).toBe('/c/redis-server')
    expect(findRedisServer(undefined, () => true)).toBeUndefined()
  })

  const machine = (commands: string[], { isRoot = false, sudo = false } = {}): Machine => ({
    has: (command) => commands.includes(command),
    isRoot,
    canSudo: () => sudo,
  })

  test.each([
    ['root', machine(['apt-get'], { isRoot: true }), 'apt-get'],
    ['a user of brew', machine(['brew']), 'brew'],
    [
      'a user with passwordless sudo',
      machine(['dnf', 'sudo'], { sudo: true }),
      'sudo -n --preserve-env=DEBIAN_FRONTEND dnf',
    ],
  ])('is installed for %s', (_name, given, command) => {
    const plan = planInstallation(given)
    expect(plan.type).toBe('install')
    expect([...plan.prefix, plan.manager.name].join(' ')).toBe(command)
  })

  test('is asked for, with the command to type, where nothing may be installed', () => {
    const plan = planInstallation(machine(['apt-get', 'sudo']))
    expect(plan.type).toBe('ask')
    expect(plan.message).toContain('`sudo apt-get install redis-server`')
    expect(planInstallation(machine([])).message).toContain('REDIS_URL')
  })
})

describe('the build', () => {
  test('removes what no source accounts for, and leaves its own records', () => {
    const sources = ['shared/a.ts', 'shared/b.json', 'data-plane/main.ts', 'data-plane/part.ts']
    const outputs = ['shared/a.js', 'shared/b.json', 'data-plane/main.js', '.tsbuildinfo']
    expect(staleOutputs(sources, [...outputs, 'shared/gone.js', 'data-plane/part.js'])).toEqual([
      'shared/gone.js',
      'data-plane/part.js',
    ])
  })
})

describe('the last line of the tests', () => {
  test('is the counts of the report', () => {
    expect(lastLine(countTests({ numPassedTests: 5, numFailedTests: 2 }, false))).toBe('5 passed, 2 failed')
    expect(lastLine(countTests({ numPassedTests: 5, numFailedTests: 0 }, true))).toBe('5 passed, 0 failed')
  })

  test('never says that nothing failed when something did', () => {
    expect(countTests(undefined, false)).toEqual({ passed: 0, failed: 1 })
    expect(countTests({ numPassedTests: 5, numFailedTests: 0 }, false)).toEqual({ passed: 5, failed: 1 })
  })
})

test('the lock file has every optional package that a package pins, without which npm ci refuses it', async () => {
  const file = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')
  const packages: Record<string, { optionalDependencies?: Record<string, string> }> = JSON.parse(file).packages
  const pinned = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  const missing = pinned.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)))
  expect(missing).toEqual([])
})
