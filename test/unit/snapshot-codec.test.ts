import { expect, test } from 'vitest'
import { decodeSnapshot, encodeSnapshot } from '../../shared/snapshot/snapshot-codec.ts'
import { workspaceSnapshotSchema } from '../../shared/snapshot/snapshot-schema.ts'
import { key, model, workspace } from '../helpers/snapshot-fixtures.ts'

test('equal snapshots have equal bytes and one name, whatever the order of their fields', () => {
  const snapshot = workspace({ keys: [key().key], models: [model()] })
  const shuffled = Object.fromEntries(Object.entries(snapshot).toReversed())
  expect(encodeSnapshot(shuffled)).toEqual(encodeSnapshot(snapshot))
  expect(encodeSnapshot(workspace({ workspaceId: 'other' })).revision).not.toBe(encodeSnapshot(workspace()).revision)
})

test('a snapshot is read back as it was written', () => {
  const snapshot = workspace({ keys: [key({ expiresAt: 1 }).key], models: [model()] })
  const { revision, bytes } = encodeSnapshot(snapshot)
  expect(decodeSnapshot(workspaceSnapshotSchema, bytes, revision)).toEqual(snapshot)
})

test('bytes that are not those of their name, or not of the schema, are refused', () => {
  const { revision, bytes } = encodeSnapshot(workspace())
  expect(() => decodeSnapshot(workspaceSnapshotSchema, `${bytes} `, revision)).toThrow('do not match its name')
  const wrong = encodeSnapshot({ ...workspace(), settings: {} })
  expect(() => decodeSnapshot(workspaceSnapshotSchema, wrong.bytes, wrong.revision)).toThrow('markupMillionths')
})
