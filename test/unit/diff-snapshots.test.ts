import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffSnapshots, LONGEST_VALUE, summarizeChanges } from '../../shared/snapshot/diff-snapshots.ts'
import { encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import { key, model, workspace } from '../helpers/snapshot-fixtures.ts'

const rule = (id: string, to = 'sim-fast') => ({ id, target: { model: to, type: 'model' } })
const routers = (...rules: object[]) => ({ routers: [{ id: 'r', rules }] })

describe('lists', () => {
  test('are compared by id: a rule put before others is one change', () => {
    const [before, after] = [routers(rule('a'), rule('b')), routers(rule('new'), rule('a'), rule('b'))]
    expect(diffSnapshots(before, after)).toEqual([
      { path: 'routers[r].rules[new]', kind: 'added', before: null, after: JSON.stringify(rule('new')) },
    ])
    expect(diffSnapshots(after, before)).toMatchObject([
      { path: 'routers[r].rules[new]', kind: 'removed', after: null },
    ])
  })

  test('whose entries changed places say so, for rules are tried in their order', () => {
    expect(diffSnapshots(routers(rule('a'), rule('b')), routers(rule('b'), rule('a')))).toEqual([
      { path: 'routers[r].rules', kind: 'changed', before: '["a","b"]', after: '["b","a"]' },
    ])
  })

  test('show what changed inside an entry, at its own path', () => {
    expect(diffSnapshots(routers(rule('a'), rule('b')), routers(rule('a'), rule('b', 'sim-smart')))).toEqual([
      { path: 'routers[r].rules[b].target.model', kind: 'changed', before: '"sim-fast"', after: '"sim-smart"' },
    ])
  })

  test('without ids are shown whole', () => {
    const change = diffSnapshots({ settings: { fallbacks: ['a'] } }, { settings: { fallbacks: ['b', 'a'] } })
    expect(change).toEqual([{ path: 'settings.fallbacks', kind: 'changed', before: '["a"]', after: '["b","a"]' }])
  })

  test('of prices and of endpoints are compared by what they are prices and endpoints of', () => {
    const priced = (first: number) => ({
      priceOverrides: ['openai', 'bedrock'].map((gateway, place) => {
        return { modelId: 'm', gateway, paidBy: 'credits', prices: [place === 0 ? first : 1] }
      }),
    })
    expect(diffSnapshots(priced(1), priced(2)).map(({ path }) => path)).toEqual([
      'priceOverrides[m openai credits].prices',
    ])
    const [before, after] = [{ models: [model()] }, { models: [model({ contextWindow: 1 })] }]
    expect(diffSnapshots(before, after).map(({ path }) => path)).toEqual(['models[sim-fast].contextWindow'])
  })
})

test('hashes of keys and sealed secrets are compared and never shown', () => {
  const credential = { id: 'c', gateway: 'openai', sealedSecret: 'v1:SEALED', baseUrl: null, settings: {} } as const
  const first = key({ id: 'k' }).key
  const before = workspace({ keys: [first], credentials: [credential] })
  const second = { ...first, hash: 'f'.repeat(64) }
  const resealed = { ...credential, sealedSecret: 'v1:OTHER' }
  const changed = diffSnapshots(before, workspace({ keys: [second], credentials: [resealed] }))
  const hidden = { kind: 'changed', before: null, after: null }
  expect(changed).toEqual([
    { path: 'credentials[c].sealedSecret', ...hidden },
    { path: 'keys[k].hash', ...hidden },
  ])
  const removed = JSON.stringify(diffSnapshots(before, workspace()))
  expect(removed).toContain('keys[k]')
  expect(removed).not.toContain(first.hash)
  expect(removed).not.toContain('SEALED')
})

test('a long value is cut, and a name of any form is one step of its path', () => {
  const changes = diffSnapshots({ a: { 'x.y': 'short' } }, { a: { 'x.y': 'l'.repeat(10_000) } })
  expect(changes[0]?.path).toBe('a["x.y"]')
  expect(changes[0]?.after).toHaveLength(LONGEST_VALUE + 1)
})

test('a summary names each thing once', () => {
  const changes = diffSnapshots(
    { ...routers(rule('a'), rule('b')), settings: { limits: { a: 1, b: 2 } }, keys: [] },
    { ...routers(rule('a', 'x'), rule('b', 'x')), settings: { limits: { a: 2, b: 3 } }, keys: [{ id: 'k' }] },
  )
  expect(summarizeChanges(changes)).toEqual(['keys[k] added', 'routers[r] changed', 'settings.limits changed'])
})

const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', ''))
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.dictionary(fc.constantFrom('id', 'hash', 'rules', 'x', '__proto__', 'constructor'), tie('tree'), { maxKeys: 4 }),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c'), held: tie('tree') }), { selector: ({ id }) => id }),
  ),
}))
const snapshots = fc.dictionary(fc.constantFrom('keys', 'credentials', 'routers', 'settings'), tree)

describe('for any two snapshots', () => {
  test('nothing changed exactly when they are equal', () => {
    fc.assert(
      fc.property(snapshots, snapshots, (before, after) => {
        const equal = encodeSnapshot(before).bytes === encodeSnapshot(after).bytes
        expect(diffSnapshots(before, after).length === 0).toBe(equal)
        expect(diffSnapshots(before, structuredClone(before))).toEqual([])
      }),
    )
  })

  test('the way back is the mirror of the way there', () => {
    const mirrored = { added: 'removed', removed: 'added', changed: 'changed' } as const
    fc.assert(
      fc.property(snapshots, snapshots, (before, after) => {
        const back = diffSnapshots(before, after).map((change) => {
          return { ...change, kind: mirrored[change.kind], before: change.after, after: change.before }
        })
        expect(diffSnapshots(after, before)).toEqual(back)
      }),
    )
  })

  test('no field of a key that holds its hash is shown', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const keys = (held: unknown) => ({ keys: [{ id: 'k', hash: 'SECRET', held }] })
        expect(JSON.stringify(diffSnapshots(keys(before), { keys: [] }))).not.toContain('SECRET')
        expect(JSON.stringify(diffSnapshots(keys(before), keys(after)))).not.toContain('SECRET')
      }),
    )
  })
})
