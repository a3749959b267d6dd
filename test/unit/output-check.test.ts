import { expect, test } from 'vitest'
import { createOutputChecks, judgeOutput, type WrittenChoice } from '../../shared/llm/output-check.ts'

const checks = createOutputChecks()
const request = (format: unknown): Parameters<typeof checks.of>[0] => ({
  model: 'auto',
  messages: [],
  response_format: format,
})
const strict = (schema: object): unknown => ({ type: 'json_schema', json_schema: { name: 'n', strict: true, schema } })
const choice = (content: unknown, changes: Partial<WrittenChoice> = {}): WrittenChoice => ({
  content,
  refused: false,
  calledTools: false,
  finishReason: 'stop',
  ...changes,
})

test('a schema that comes with every request is compiled once, however many others came meanwhile', () => {
  const first = checks.of(request(strict({ const: 'first' })))
  for (let index = 0; index < 150; index += 1) checks.of(request(strict({ const: index })))
  expect(checks.of(request(strict({ const: 'first' })))).toBe(first)
})

test('no more than the schemas asked for last are kept', () => {
  const first = checks.of(request(strict({ const: 'soon forgotten' })))
  for (let index = 0; index < 201; index += 1) checks.of(request(strict({ const: `other ${index}` })))
  expect(checks.of(request(strict({ const: 'soon forgotten' })))).not.toBe(first)
})

test('checking leaves the schema as it came, for it is still to be sent', () => {
  const schema = { $defs: { a: { type: 'string' } }, items: { $ref: '#/$defs/a' } }
  const before = structuredClone(schema)
  checks.of(request(strict(schema)))?.faultOf('["a"]')
  expect(Reflect.ownKeys(schema.$defs.a)).toEqual(['type'])
  expect(schema).toEqual(before)
})

test('of several choices one that violates decides, then one that could not be judged', () => {
  const check = checks.of(request({ type: 'json_object' }))
  if (!check) throw new Error('json_object is checked')
  const cut = choice('{"a', { finishReason: 'length' })
  expect(judgeOutput(check, [choice('{}'), choice('{}')])).toEqual({ type: 'conforms' })
  expect(judgeOutput(check, [choice('{}'), cut])).toEqual({ type: 'unchecked' })
  expect(judgeOutput(check, [cut, choice('[]')])).toMatchObject({ type: 'violates' })
  expect(judgeOutput(check, [])).toEqual({ type: 'unchecked' })
})

test('a text that a vendor wrote in parts is read without the thoughts among them', () => {
  const check = checks.of(request({ type: 'json_object' }))
  if (!check) throw new Error('json_object is checked')
  const parts = [
    { type: 'thinking', thinking: [] },
    { type: 'text', text: '{"a":' },
    { type: 'text', text: '1}' },
  ]
  expect(judgeOutput(check, [choice(parts)])).toEqual({ type: 'conforms' })
})
