import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const MODULES = new URL('../../control-plane/modules/', import.meta.url)
const KINDS = ['model', 'service', 'read-model', 'resolver', 'types', 'inputs', 'errors']
const modules = readdirSync(MODULES)

test('there are modules', () => {
  expect(modules).toEqual(expect.arrayContaining(['keys', 'users', 'workspaces']))
})

/** Folders beside them hold pure files: statistics, evaluators. */
function filesOf(name: string): string[] {
  const entries = readdirSync(new URL(`${name}/`, MODULES), { withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

describe.each(modules)('the module %s', (name) => {
  test('has the eight files of every module', () => {
    const files = readdirSync(new URL(`${name}/`, MODULES))
    const expected = ['index.ts', ...KINDS.map((kind) => `${name}.${kind}.ts`)]
    expect(files).toEqual(expect.arrayContaining(expected))
  })

  test('adds only files that are named for what they do', () => {
    const files = filesOf(name)
    const expected = new Set(['index.ts', ...KINDS.map((kind) => `${name}.${kind}.ts`)])
    for (const file of files.filter((each) => !expected.has(each))) {
      expect(file).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+\.ts$/)
      expect(file).not.toMatch(/util|helper|common|misc/)
    }
  })
})
