import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ibanLength, ipv6Length, isCardNumber } from '../../../control-plane/modules/benchmarks/pii-checks.ts'
import type { PromptRow } from '../../../control-plane/modules/benchmarks/prompt-content.ts'
import { redactPrompt } from '../../../control-plane/modules/benchmarks/redact-prompt.ts'

const rowOf = (content: string, rest: Partial<PromptRow> = {}): PromptRow => {
  return { messages: [{ role: 'user', content }], expectedOutput: null, metadata: null, ...rest }
}

const redacted = (content: string): unknown => redactPrompt(rowOf(content)).row.messages[0]?.content

const letters = (length: number): string => 'aB3dE5fG7h'.repeat(Math.ceil(length / 10)).slice(0, length)

// Keys are put together here, so that no scanner of secrets takes this file for a leak.
const KEYS = {
  openai: `sk-${'proj-'}${letters(48)}`,
  anthropic: `sk-${'ant-api03-'}${letters(90)}`,
  own: `nr-${letters(46)}`,
  stripe: `sk_${'live_'}${letters(24)}`,
  aws: `AKIA${'IOSFODNN7EXAMPLE'}`,
  google: `AIza${letters(35)}`,
  github: `ghp_${letters(36)}`,
  gitlab: `glpat-${letters(20)}`,
  slack: `xoxb-${'123456789012-'}${letters(24)}`,
  huggingFace: `hf_${letters(34)}`,
  sendGrid: `SG.${letters(22)}.${letters(43)}`,
  jsonWebToken: `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`,
}

describe('is found', () => {
  test.each<[kind: string, before: string, value: string, after: string]>([
    ['EMAIL', 'Write to ', 'Ann.Lee+news@mail.example.co.uk', '.'],
    ['EMAIL', '<', 'o_brien%x@example.com', '>'],
    ['EMAIL', 'mailto:', 'jürgen@bücher.example', '?subject=x'],
    ['EMAIL', '我的邮箱是', 'bob@example.com', '吗'],
    ['EMAIL', 'postgres://user:', 'secret@db.example.org', '/main'],
    ['PHONE', 'Call ', '+49 (0) 30 / 1234567', ' now'],
    ['PHONE', 'Call ', '+14155552671', ', or not'],
    ['PHONE', 'Call ', '+1 (415) 555-2671', '.'],
    ['PHONE', 'Call ', '0044 20 7946 0958', '.'],
    ['PHONE', 'at ', '(555) 123-4567', '.'],
    ['PHONE', 'at ', '1-800-555-0199', '.'],
    ['PHONE', 'at ', '415.555.2671', '.'],
    ['PHONE', 'au ', '01 42 68 53 00', '.'],
    ['PHONE', 'au ', '06.12.34.56.78', '.'],
    ['PHONE', 'unter ', '030/12345678', '.'],
    ['PHONE', 'on ', '020 7946 0958', '.'],
    ['PHONE', 'Mobile no. ', '5551234567', ' please'],
    ['CREDIT_CARD', 'Card ', '4111111111111111', ', exp 12/27'],
    ['CREDIT_CARD', 'Card ', '5555 5555 5555 4444', ' 12/27'],
    ['CREDIT_CARD', 'Card ', '3782-822463-10005', '.'],
    ['CREDIT_CARD', 'Card ', '30569309025904', '.'],
    ['CREDIT_CARD', 'Card ', '6011 1111 1111 1117', '.'],
    ['IBAN', 'to ', 'DE89 3704 0044 0532 0130 00', ' and more WORDS'],
    ['IBAN', 'to ', 'GB82WEST12345698765432', '.'],
    ['IBAN', 'at12 foo ', 'NO93 8601 1117 947', ', soon'],
    ['IBAN', 'to ', 'mt84malt011000012345mtlcast001s', ''],
    ['SSN', 'is ', '123-45-6789', '.'],
    ['SSN', 'SSN: ', '123456789', '.'],
    ['SSN', 'social security number is ', '123 45 6789', '.'],
    ['IP_ADDRESS', 'from ', '203.0.113.7', ':443'],
    ['IP_ADDRESS', 'net ', '10.0.0.0', '/8.'],
    ['IP_ADDRESS', 'http://[', '2001:db8::8a2e:370:7334', ']/'],
    ['IP_ADDRESS', 'via ', 'fe80::1', '.'],
    ['IP_ADDRESS', 'via ', '2001:0db8:0000:0000:0000:ff00:0042:8329', ''],
    ...Object.values(KEYS).map((key): [string, string, string, string] => ['SECRET', 'use "', key, '" here']),
    ['SECRET', 'Authorization: Bearer ', 'abcdef.ghijkl-mnopqr', '\n'],
    ['SECRET', 'API_KEY=', `${letters(20)}==`, ''],
    ['SECRET', '{password: "', 'correct-horse-battery-9', '"'],
    ['SECRET', '', `-----BEGIN RSA PRIVATE KEY-----\nMII${letters(60)}\n-----END RSA PRIVATE KEY-----`, '\nend'],
  ])('%s in %j %j %j', (kind, before, value, after) => {
    expect(redacted(`${before}${value}${after}`)).toBe(`${before}[${kind}_1]${after}`)
  })
})

describe('is left alone', () => {
  test.each([
    'a @ b, @handle, npm i react@18.2.0, user@localhost',
    'On 2024-01-05 at 12:30:45.123456789, or 05/01/2024, 01.02.2024, 01-02-2024',
    'Order 1234567890, invoice 00012345, 3.14159265358979, -273.15, 1,234,567.89',
    'The 4 numbers 100 200 300 400 and 2+1234567',
    'id 4111111111111112, time 1700000000000, big 1234567890123456',
    'DE89 3704 0044 0532 0130 01 has a wrong check digit',
    'SKU AB12 3456 7890 1234',
    '000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000, 123456789',
    'v1.2.3.4, 1.2.3, 256.1.1.1, 1.2.3.4.5',
    'std::vector, a::b, Foo::Bar, 10:20, 00:1A:2B:3C:4D:5E',
    'sk-learn-is-not-a-key-of-anybody, task-force, desk-1234567890123456789012345',
    'The token count: 12, max_tokens: 4096, password: hunter2',
    '123e4567-e89b-12d3-a456-426614174000',
    '{"a": 1.5e10, "b": [1, 2]}',
    'Ünïcode 😀 \ud800 text',
    '',
  ])('%j', (text) => {
    expect(redacted(text)).toBe(text)
  })
})

test('a value has one number throughout the prompt, however it is written', () => {
  const { row, replaced } = redactPrompt({
    messages: [
      { role: 'system', content: 'Reply to Ann@Example.com' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'I am bob@example.com, not ann@example.com: 4111 1111 1111 1111' },
          { type: 'image_url', image_url: { url: 'https://cdn.example.com/bob@example.com.png' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', function: { name: 'mail', arguments: '{"to": "line\\nbob@example.com"}' } }],
      },
    ],
    expectedOutput: 'Mail bob@example.com; card 4111-1111-1111-1111',
    metadata: { user: 'carol@example.com', score: 0.5, phone: [14155552671], nested: { card: 4111111111111111 } },
  })
  expect(row).toEqual({
    messages: [
      { role: 'system', content: 'Reply to [EMAIL_1]' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'I am [EMAIL_2], not [EMAIL_1]: [CREDIT_CARD_1]' },
          { type: 'image_url', image_url: { url: 'https://cdn.example.com/bob@example.com.png' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', function: { name: 'mail', arguments: '{"to": "line\\n[EMAIL_2]"}' } }],
      },
    ],
    expectedOutput: 'Mail [EMAIL_2]; card [CREDIT_CARD_1]',
    metadata: { user: '[EMAIL_3]', score: 0.5, phone: [14155552671], nested: { card: '[CREDIT_CARD_1]' } },
  })
  expect(replaced).toEqual({ SECRET: 0, EMAIL: 3, IBAN: 0, CREDIT_CARD: 1, SSN: 0, IP_ADDRESS: 0, PHONE: 0 })
})

test('an expected output that is JSON stays JSON of the same form', () => {
  const expectedOutput =
    '{ "card": 4111111111111111,\n  "to": ["a\\\\\\"\\nbob@example.com", 1.50],\n  "ann@example.com": "{\\"x\\":\\"\\\\nann@example.com\\"}" }'
  const { row } = redactPrompt(rowOf('', { expectedOutput }))
  expect(row.expectedOutput).toBe(
    '{ "card": "[CREDIT_CARD_1]",\n  "to": ["a\\\\\\"\\n[EMAIL_1]", 1.50],\n  "[EMAIL_2]": "{\\"x\\":\\"\\\\n[EMAIL_2]\\"}" }',
  )
  expect(JSON.parse(row.expectedOutput ?? '')).toEqual({
    card: '[CREDIT_CARD_1]',
    to: ['a\\"\n[EMAIL_1]', 1.5],
    '[EMAIL_2]': '{"x":"\\n[EMAIL_2]"}',
  })
})

test('placeholders that a prompt already holds are not given to other values', () => {
  expect(redacted('[EMAIL_1] wrote to bob@example.com')).toBe('[EMAIL_1] wrote to [EMAIL_2]')
})

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const PII = [
  'ann@example.com',
  '+49 30 1234567',
  '4111 1111 1111 1111',
  'DE89 3704 0044 0532 0130 00',
  '123-45-6789',
  '203.0.113.7',
  '2001:db8::7',
  KEYS.openai,
]

test('no value that stands apart in any text is left, JSON stays JSON, and doing it twice changes nothing', () => {
  const words = fc.array(fc.oneof(fc.constantFrom(...PII), fc.string({ unit: 'grapheme' }), fc.jsonValue()), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(words, fc.constantFrom('text', 'json'), (list, form) => {
      const text = form === 'json' ? JSON.stringify(list) : list.map((each) => JSON.stringify(each)).join(' ; ')
      const once = redactPrompt(rowOf(text, { expectedOutput: text })).row
      const planted = PII.filter((value) => list.includes(value))
      expect(planted.filter((value) => once.expectedOutput?.includes(value))).toEqual([])
      expect(once.messages[0]?.content).toBe(once.expectedOutput)
      expect(isJson(once.expectedOutput ?? '')).toBe(isJson(text))
      expect(redactPrompt(once).row).toEqual(once)
    }),
  )
})

describe('the checks', () => {
  test.each([
    ['4111111111111111', true],
    ['378282246310005', true],
    ['2223003122003222', true],
    ['4111111111111112', false],
    ['0000000000000000', false],
    ['1234567812345670', false],
    ['41111111111', false],
  ])('of a card number: %s is %s', (digits, expected) => {
    expect(isCardNumber(digits)).toBe(expected)
  })

  test('any single wrong digit of a card number is noticed', () => {
    const number = '4111111111111111'
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 0, max: 9 }), (at, digit) => {
        const other = number.slice(0, at) + digit + number.slice(at + 1)
        expect(isCardNumber(other)).toBe(other === number)
      }),
    )
  })

  // The examples of SWIFT's IBAN registry.
  test.each([
    'AL47212110090000000235698741',
    'FR1420041010050500013M02606',
    'LC55HEMM000100010012001200023015',
    'MU17BOMM0101101030300200000MUR',
    'SC18SSCB11010000000000001497USD',
    'BE68539007547034',
  ])('of an IBAN: %s', (iban) => {
    expect(ibanLength(iban)).toBe(iban.length)
    expect(ibanLength(`${iban} more`)).toBe(iban.length)
    expect(ibanLength(`${iban}9`)).toBe(0)
    expect(ibanLength(iban.replace(/\d{2}/, '00'))).toBe(0)
  })

  test('of an IPv6 address', () => {
    expect(ipv6Length('2001:db8::1.')).toBe(11)
    expect(['::', '::1', 'a::b', '1:2:3', ''].map(ipv6Length)).toEqual([0, 0, 0, 0, 0])
  })
})
