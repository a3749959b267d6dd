import { expect, test } from 'vitest'
import { familyOf } from '../../control-plane/modules/catalog/model-families.ts'

test.each([
  ['gpt-4o-mini', ['tools', 'vision', 'json-schema'], 16_384],
  ['openai/gpt-5.4', ['tools', 'vision', 'json-schema', 'reasoning'], 128_000],
  ['gpt-3.5-turbo', ['tools'], 4_096],
  ['gpt-audio-mini', ['tools', 'audio'], 16_384],
  ['claude-opus-5-5', ['tools', 'vision', 'json-schema', 'reasoning'], 128_000],
  ['anthropic/claude-sonnet-4.5', ['tools', 'vision', 'json-schema', 'reasoning'], 64_000],
  ['claude-sonnet-4-5@20250929', ['tools', 'vision', 'json-schema', 'reasoning'], 64_000],
  ['us.anthropic.claude-opus-4-6-v1', ['tools', 'vision', 'json-schema', 'reasoning'], 128_000],
  ['anthropic/claude-opus-4.1', ['tools', 'vision', 'reasoning'], 32_000],
  ['anthropic/claude-3.5-sonnet', ['tools', 'vision'], 8_192],
  ['gemini-2.5-flash', ['tools', 'vision', 'json-schema', 'reasoning', 'audio'], 65_536],
  ['us.amazon.nova-micro-v1:0', ['tools'], null],
  ['us.meta.llama4-scout-17b-instruct-v1:0', ['tools', 'vision'], null],
  ['text-embedding-3-small', [], null],
])('%s is known to be able to %j', (name, capabilities, maxOutputTokens) => {
  expect(familyOf(name)).toMatchObject({ capabilities, maxOutputTokens })
})

test.each([
  'gpt-3.5-turbo-0301',
  'gpt-5-chat-latest',
  'gpt-4-0314',
  'gpt-50',
  'openai/gpt-5-image',
  'gemini-3-pro-image',
  'meta-llama/llama-3.1-8b-instruct',
  'qwen/qwen3-32b',
  'some-model',
  '',
])('of %j it is not known what it can, and nothing is held against it', (name) => {
  expect(familyOf(name).capabilities).toBeNull()
})
