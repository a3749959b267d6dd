import { describe, expect, test } from 'vitest'
import { boundPromptTokens } from '../../data-plane/decide/estimate-tokens.ts'
import { describeChat } from '../../data-plane/decide/describe-request.ts'
import { countPrompt } from '../../shared/llm/routing-prompt.ts'
import { ASK, createWorld } from '../helpers/routing-world.ts'

/** What kind of work a request is taken to be, and how large it is taken to be. */

const world = createWorld({
  models: [
    { id: 'm', capabilities: ['tools', 'vision'] },
    { id: 'n', capabilities: ['vision'] },
  ],
})
const classOf = (content: unknown, more: object = {}): string | null =>
  world.ask({ ...ASK, messages: [{ role: 'user', content }], ...more }).taskClass

describe('the class of a task', () => {
  test.each([
    ['What is the capital of France?', 'general'],
    ['Tell me about the history of the violin, and recommend three concertos.', 'general'],
    ['Our class returns to school in March. Is it true that the court closes?', 'general'],
    ['Write a Python function that merges two sorted lists.', 'coding'],
    ['Why does this fail?\n```\nTypeError: x is undefined\n```', 'coding'],
    ['Refactor the repository so that the API endpoint uses the new schema.', 'coding'],
    ['int main() {\n  int x = f(3);\n  int y = g(x);\n  return y;\n}', 'coding'],
    ['Classify the sentiment of this review: the food was cold.', 'cheap-bulk'],
    ['Translate to German: good morning.', 'cheap-bulk'],
    ['Summarize this paragraph in one sentence: it rained all day.', 'cheap-bulk'],
    ['Explain why the translation of this poem fails, and compare it with the original.', 'general'],
    [
      'Shall I compare thee to a summer’s day?\nThou art more lovely and more temperate;\nRough winds do shake;',
      'general',
    ],
  ])('%s', (content, taskClass) => {
    expect(classOf(content)).toBe(taskClass)
  })

  test('is told by the instructions as well', () => {
    const instructed = (system: string) =>
      world.ask({
        ...ASK,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: 'I loved it' },
        ],
      }).taskClass
    expect(instructed('Classify the sentiment of each message as good or bad.')).toBe('cheap-bulk')
    expect(instructed('You are a senior Rust and TypeScript engineer.')).toBe('coding')
    expect(instructed('You are a poet.')).toBe('general')
  })

  test('is plain work where the answer is to be a few tokens', () => {
    expect(classOf('Which tag fits: red, green?', { max_tokens: 3 })).toBe('general')
    expect(classOf('Extract the name: I am Ann', { max_tokens: 3 })).toBe('cheap-bulk')
  })

  test('is vision where there are pictures, and long-context where there is very much to read', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    expect(classOf([{ type: 'text', text: 'Write Python code for this' }, picture])).toBe('vision')
    expect(classOf('The minutes of the meeting follow. '.repeat(6_000))).toBe('long-context')
  })

  test('is what the caller says it is', () => {
    expect(classOf('Write a Python function.', { route: { task_class: 'general' } })).toBe('general')
  })
})

describe('a bound on the tokens of a prompt', () => {
  const bound = (text: string): number => {
    const body = { model: 'm', messages: [{ role: 'user', content: text }] }
    return boundPromptTokens(describeChat(body), JSON.stringify(body).length, countPrompt(text))
  }

  // Counted with OpenAI's o200k_base, and the same or fewer with cl100k_base.
  test.each([
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['hello world', 2],
    ['antidisestablishmentarianism', 6],
    ['1234567890', 4],
  ])('%s', (text, tokens) => {
    expect(bound(text)).toBeGreaterThanOrEqual(tokens)
  })

  test('is not far above what prose comes to', () => {
    // Four to five characters a token is what English has in the tokenizers of today.
    const prose =
      'The committee met on Tuesday to discuss the budget for the coming year, and several members spoke. '.repeat(80)
    const likely = prose.length / 4.8
    expect(bound(prose)).toBeGreaterThan(likely)
    expect(bound(prose)).toBeLessThan(2 * likely)
  })

  test('counts every character of scripts that have no words', () => {
    const text = '東京は日本の首都です。'.repeat(100)
    expect(bound(text)).toBeGreaterThanOrEqual(text.length)
    expect(bound(text)).toBeLessThan(4 * text.length)
  })

  test('does not take the bytes of a picture for text', () => {
    const picture = `data:image/png;base64,${'A'.repeat(1_000_000)}`
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: picture } }] }],
    }
    const tokens = boundPromptTokens(describeChat(body), JSON.stringify(body).length, null)
    expect(tokens).toBeGreaterThanOrEqual(2_000)
    expect(tokens).toBeLessThan(3_000)
  })

  test('counts the tools', () => {
    const tools = Array.from({ length: 50 }, (_, index) => ({
      type: 'function',
      function: {
        name: `tool_${index}`,
        description: 'Looks something up in a place that has a long name',
        parameters: {},
      },
    }))
    const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }], tools }
    expect(boundPromptTokens(describeChat(body), JSON.stringify(body).length, countPrompt('hi'))).toBeGreaterThan(
      50 * 25,
    )
  })
})
