import { expect, test } from 'vitest'
import { worstCases } from '../../data-plane/authorize/worst-case.ts'
import type { RequestContext } from '../../data-plane/request-context.ts'
import type { Candidate, WorkspaceView } from '../../data-plane/snapshot/workspace-view.ts'
import { model, PRICE, workspace } from '../helpers/snapshot-fixtures.ts'

const CANDIDATE = {
  model: { ...model(), contextWindow: null },
  endpoint: { gateway: 'simulator', upstreamModel: 'x', price: PRICE, credentialId: null },
  credential: {},
  paidBy: 'workspace-credential',
} as unknown as Candidate

function worstCaseOf(body: string): number {
  const request: unknown = JSON.parse(body)
  const context = { kind: 'chat', startedAt: 0, body: Buffer.from(body), request, drafts: null }
  const [cost] = worstCases(context as unknown as RequestContext, workspace() as unknown as WorkspaceView, [CANDIDATE])
  return cost ?? 0
}

const messageWith = (part: string): string =>
  `{"model":"x","max_tokens":1,"messages":[{"role":"user","content":[${part}]}]}`

test.each([
  ['a picture', '{"type":"image_url","image_url":{"url":"https://e.org/a"}}'],
  ['a sound', '{"type":"input_audio","input_audio":{"data":"","format":"wav"}}'],
  ['a file', '{ "type" : "file", "file": {"file_id":"f"}}'],
  ['a film', '{"type":"video_url","video_url":{"url":"https://e.org/a"}}'],
  ['a picture in Responses', '{"type":"input_image","image_url":"https://e.org/a"}'],
  ['a file in Responses', '{"type":"input_file","file_id":"f"}'],
  ['a picture in Messages', '{"type":"image","source":{"type":"url","url":"https://e.org/a"}}'],
  ['a document in Messages', '{"type":"document","source":{"type":"file","file_id":"f"}}'],
  ['a picture whose type is written with escapes', '{"type":"\\u0069mage_url","image_url":{"url":"https://e.org/a"}}'],
  ['a picture whose type’s name is written with escapes', '{"t\\u0079pe":"image\\u005Furl","image_url":{"url":"a"}}'],
])('%s is held at more than its bytes, however short its address is', (_name, part) => {
  const text = `{"type":"text","text":"${'x'.repeat(part.length)}"}`
  expect(worstCaseOf(messageWith(part))).toBeGreaterThan(10 * worstCaseOf(messageWith(text)))
})

test('text with escapes is held at its bytes', () => {
  const [escaped, plain] = ['caf\\u00e9 \\u0041', 'a'.repeat(16)].map((text) => `{"type":"text","text":"${text}"}`)
  expect(worstCaseOf(messageWith(escaped ?? ''))).toBe(worstCaseOf(messageWith(plain ?? '')))
})
