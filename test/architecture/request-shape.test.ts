import { readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { autoRouting } from '../../data-plane/accept/auto-routing.surface.ts'
import { createRequestContext } from '../../data-plane/request-context.ts'

const DATA_PLANE = join(import.meta.dirname, '../../data-plane')

test('a request has every field from the start, so that the object keeps one shape', () => {
  const context = createRequestContext(
    {
      kind: 'chat',
      dialect: autoRouting,
      scope: { type: 'workspace' },
      headers: {},
      body: Buffer.alloc(0),
      response: {} as ServerResponse,
      startedMs: 0,
    },
    'id',
    0,
  )
  const source = readFileSync(join(DATA_PLANE, 'request-context.ts'), 'utf8')
  const declared = /export interface RequestContext \{(.*?)\n\}/s.exec(source)?.[1] ?? ''
  const fields = [...declared.matchAll(/^ {2}(?:readonly )?(\w+):/gm)].map(([, name]) => name)
  expect(fields.length).toBeGreaterThan(20)
  expect(Object.keys(context).sort()).toEqual(fields.sort())
  expect(Object.values(context)).not.toContain(undefined)
})

test('an id of the caller’s is kept only when it is safe to repeat', () => {
  const idFor = (given: string): string =>
    createRequestContext(
      {
        kind: 'chat',
        dialect: autoRouting,
        scope: { type: 'workspace' },
        headers: { 'x-request-id': given },
        body: Buffer.alloc(0),
        response: {} as ServerResponse,
        startedMs: 0,
      },
      'ours',
      0,
    ).requestId
  expect(idFor('caller-1')).toBe('caller-1')
  for (const unsafe of ['a b', 'a\nb', '<script>', 'x'.repeat(200), '']) expect(idFor(unsafe)).toBe('ours')
})

test('the stages are the folders, in the order a request meets them, which is the order of the alphabet', () => {
  const folders = readdirSync(DATA_PLANE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  const stages = folders.filter((name) => !['health', 'leases', 'limits', 'providers', 'snapshot'].includes(name))
  expect(stages).toEqual(['accept', 'authorize', 'decide', 'dispatch', 'relay', 'settle'])
  const pipeline = readFileSync(join(DATA_PLANE, 'pipeline.ts'), 'utf8')
  const called = [...pipeline.matchAll(/stages\.(\w+)\(/g)].map(([, name]) => name)
  expect(called).toEqual(['accept', 'authorize', 'decide', 'reserve', 'dispatch', 'relay', 'refuse', 'settle'])
})
