import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  readUpload,
  type UploadLimits,
  type UploadedRow,
} from '../../../control-plane/modules/benchmarks/read-upload.ts'
import { uploadFormat, type UploadFormat } from '../../../control-plane/modules/benchmarks/upload-format.ts'

const collect = async (rows: AsyncIterable<UploadedRow>): Promise<UploadedRow[]> => {
  const collected: UploadedRow[] = []
  for await (const row of rows) collected.push(row)
  return collected
}

const read = async (
  file: string | Buffer | Iterable<Buffer>,
  format: UploadFormat,
  limits: Partial<UploadLimits> = {},
): Promise<UploadedRow[]> => {
  const chunks = typeof file === 'string' ? [Buffer.from(file)] : Buffer.isBuffer(file) ? [file] : file
  return collect(readUpload(Readable.from(chunks), format, limits))
}

/** `line: what is expected` of good rows, `line! path message` of bad ones. */
const told = (rows: readonly UploadedRow[]): string[] =>
  rows.map((each) => {
    if ('row' in each) return `${each.line}: ${each.row.expectedOutput}`
    return `${each.line}! ${each.fault.path} ${each.fault.message}`.replace(/ {2}/, ' ')
  })

const say = (content: string): unknown[] => [{ role: 'user', content }]
const line = (expected: string): string => JSON.stringify({ messages: say('Hello'), expected_output: expected })
const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`

const prompts = fc.array(
  fc.record({
    messages: fc.array(
      fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: fc.string({ unit: 'binary' }) }),
      { minLength: 1, maxLength: 3 },
    ),
    expected_output: fc.string({ unit: 'grapheme', minLength: 1 }),
    metadata: fc
      .dictionary(
        fc.string({ unit: 'grapheme-ascii' }).filter((name) => name !== '__proto__'),
        fc.jsonValue(),
      )
      .map((value) => {
        return JSON.parse(JSON.stringify(value)) as Record<string, unknown>
      }),
  }),
  { minLength: 1, maxLength: 8 },
)
type Prompts = typeof prompts extends fc.Arbitrary<infer List> ? List : never

const writers: Record<string, { format: UploadFormat; write: (list: Prompts) => string }> = {
  JSONL: { format: 'jsonl', write: (list) => list.map((row) => JSON.stringify(row)).join('\n') },
  'JSONL with CRLF': { format: 'jsonl', write: (list) => list.map((row) => `${JSON.stringify(row)}\r\n`).join('') },
  'JSON on one line': { format: 'json', write: (list) => JSON.stringify(list) },
  'indented JSON': { format: 'json', write: (list) => JSON.stringify(list, null, 2) },
  'unindented JSON of many lines': {
    format: 'json',
    write: (list) => JSON.stringify(list, null, 1).replaceAll(/^ +/gm, ''),
  },
  CSV: { format: 'csv', write: (list) => toCsv(list, ',', '\n') },
  'CSV with semicolons and CRLF': { format: 'csv', write: (list) => toCsv(list, ';', '\r\n') },
  TSV: { format: 'csv', write: (list) => toCsv(list, '\t', '\n') },
}

function toCsv(list: Prompts, delimiter: string, newline: string): string {
  const records = list.map(({ messages, expected_output, metadata }) =>
    [JSON.stringify(metadata), JSON.stringify(messages), expected_output].map(quoted).join(delimiter),
  )
  return [['metadata', 'messages', 'expected_output'].join(delimiter), ...records].join(newline)
}

describe.each(Object.entries(writers))('any prompts written as %s', (_name, { format, write }) => {
  test('are read as they were, with or without a byte order mark', async () => {
    await fc.assert(
      fc.asyncProperty(prompts, fc.boolean(), async (list, marked) => {
        const rows = await read(`${marked ? '\uFEFF' : ''}${write(list)}`, format)
        const plain = rows.map((each) => ('row' in each ? each.row : each))
        expect(plain).toEqual(
          list.map(({ messages, expected_output, metadata }) => {
            const wellFormed = JSON.parse(JSON.stringify(messages)) as unknown
            return { messages: wellFormed, expectedOutput: expected_output, metadata }
          }),
        )
      }),
      { numRuns: 40 },
    )
  })
})

test('each bad row is reported by its line and the good ones are kept', async () => {
  const file = [
    line('one'),
    '{"messages": [',
    '{"prompt": "Hello"}',
    '{"messages": []}',
    '{"messages": [{"role": "robot", "content": "x"}]}',
    '{"messages": [{"role": "user", "content": 7}]}',
    '{"messages": [{"role": "user", "content": "x"}], "expected_output": 7}',
    '"text"',
    line('nine'),
  ]
  const rows = told(await read(file.join('\n'), 'jsonl'))
  expect(rows).toEqual([
    '1: one',
    expect.stringMatching(/^2! is not JSON: /),
    '3! messages is required',
    '4! messages must not be empty',
    expect.stringMatching(/^5! messages\[0\]\.role must be one of system/),
    '6! messages[0].content must be a text or an array of parts',
    '7! expected_output must be a text, or an object or array, which is kept as JSON text',
    '8! must be an object with messages',
    '9: nine',
  ])
})

test('in a JSON array as well', async () => {
  const file = `[\n  ${line('one')},\n  {"messages": "x"},\n  {messages: 1},\n  ${line('four')}\n]`
  expect(told(await read(file, 'json'))).toEqual([
    '2: one',
    '3! messages must be an array',
    expect.stringMatching(/^4! is not JSON/),
    '5: four',
  ])
})

test('a row that is not UTF-8 is reported, the others are read', async () => {
  const file = Buffer.concat([
    Buffer.from(`${line('one')}\n`),
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from(`\n${line('three')}`),
  ])
  expect(told(await read(file, 'jsonl'))).toEqual(['1: one', '2! is not UTF-8', '3: three'])
})

test('a file in UTF-16 is refused with the reason', async () => {
  const file = Buffer.from(`\uFEFF${line('one')}`, 'utf16le')
  expect(told(await read(file, 'jsonl'))).toEqual(['1! must be UTF-8; the file is UTF-16'])
})

test('a row longer than the limit is reported, the others are read', async () => {
  const file = [line('one'), line('x'.repeat(5_000)), line('three')].join('\n')
  expect(told(await read(file, 'jsonl', { maxRowBytes: 1_000 }))).toEqual([
    '1: one',
    '2! is longer than 1000 bytes',
    '3: three',
  ])
})

test.each<[UploadFormat, string, string]>([
  ['jsonl', `${line('one')}\n${line('two').slice(0, 30)}`, '2! is not JSON: '],
  ['json', `[\n${line('one')},\n${line('two').slice(0, 30)}`, '3! is cut: the file ends inside it'],
  ['csv', 'prompt,expected_output\nHello,one\n"Bye,\nand', '3! is cut: the file ends inside a quoted field'],
])('a %s file cut inside a row gives the rows before and reports the one cut', async (format, file, fault) => {
  const [first, second, ...rest] = told(await read(file, format))
  expect(first).toMatch(/: one$/)
  expect(second?.startsWith(fault)).toBe(true)
  expect(rest).toEqual([])
})

test.each<UploadFormat>(['csv', 'json', 'jsonl'])('a %s file without rows says so', async (format) => {
  for (const file of ['', ' \n', ...(format === 'json' ? ['[]'] : []), ...(format === 'csv' ? ['prompt\n'] : [])]) {
    expect((await read(file, format)).length).toBe(1)
    expect(told(await read(file, format))[0]).toMatch(/^1! (is missing: the file holds no rows|must be a header)/)
  }
})

describe('limits', () => {
  test('rows over the number allowed are not read, and the file is let go', async () => {
    let asked = 0
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        asked += 1
        yield await Promise.resolve(Buffer.from(`${line('more')}\n`.repeat(1_000)))
      }
    }
    const rows = told(await collect(readUpload(endless(), 'jsonl', { maxRows: 1_500 })))
    expect(rows.length).toBe(1_501)
    expect(rows.at(-1)).toBe('1501! is where reading ends: the file has more than 1500 rows')
    expect(asked).toBeLessThan(10)
  })

  test('exactly the number allowed is no fault', async () => {
    expect(told(await read(`${line('a')}\n${line('b')}\n\n`, 'jsonl', { maxRows: 2 }))).toEqual(['1: a', '2: b'])
  })

  test('bad rows count, so that a hostile file gives no endless report', async () => {
    expect((await read('x\n'.repeat(1_000), 'jsonl', { maxRows: 10 })).length).toBe(11)
    expect((await read(`[${','.repeat(1_000)}]`, 'json', { maxRows: 10 })).length).toBe(11)
  })

  test('a file longer than allowed is read up to there', async () => {
    const blocks = Array.from({ length: 4 }, (_, index) => Buffer.from(`${line(String(index)).padEnd(69_999)}\n`))
    const rows = told(await read(blocks, 'jsonl', { maxBytes: 150_000 }))
    expect(rows).toEqual(['1: 0', '2: 1', '3! is where reading ends: the file is longer than 150000 bytes'])
  })
})

test('an upload that breaks off is an error, not a short file', async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from(`${line('one')}\n`))
    throw new Error('connection reset')
  }
  await expect(collect(readUpload(broken(), 'jsonl'))).rejects.toThrow('connection reset')
})

describe('CSV', () => {
  const messagesOf = async (file: string): Promise<unknown[]> =>
    (await read(file, 'csv')).map((each) => ('row' in each ? each.row : each.fault))

  test('a prompt column is a user’s plain text, with a system prompt before it', async () => {
    const file =
      'id,Prompt,system,expected_output,metadata\n7,"Say ""hi"",\nplease",Be brief,Hi,"{""tier"":""gold""}"\n8,Bye,,,\n'
    expect(await messagesOf(file)).toEqual([
      {
        messages: [
          { role: 'system', content: 'Be brief' },
          { role: 'user', content: 'Say "hi",\nplease' },
        ],
        expectedOutput: 'Hi',
        metadata: { tier: 'gold' },
      },
      { messages: say('Bye'), expectedOutput: null, metadata: null },
    ])
  })

  test('a system column goes before the messages of a messages column', async () => {
    const file = `messages,system\n${quoted(JSON.stringify(say('Hello')))},Be brief`
    expect(await messagesOf(file)).toEqual([
      {
        messages: [{ role: 'system', content: 'Be brief' }, ...say('Hello')],
        expectedOutput: null,
        metadata: null,
      },
    ])
  })

  test('each bad record is reported by its line and the good ones are kept', async () => {
    const file = [
      'prompt,expected_output,messages,metadata',
      'Hello,one,,',
      'Hello,two',
      'Hello,th"ree,,',
      ',four,,',
      ',five,not json,',
      'Hello,six,[],',
      'Hello,seven,,not json',
      'Hello,"eight"x,,',
      ',nine,{},',
      'Hello,"last\nline",,',
      ',,,',
      'Hello,end,,',
    ]
    expect(told(await read(file.join('\r\n'), 'csv'))).toEqual([
      '2: one',
      '3! has 2 fields where the header has 4',
      '4! has a quote inside a field that does not begin with one',
      '5! messages is required',
      '6! messages must be JSON',
      '7! prompt cannot be given together with messages',
      '8! metadata must be JSON',
      '9! has a quote that neither closes a field nor is doubled',
      '10! messages must be an array',
      '11: last\nline',
      '14: end',
    ])
  })

  test.each([
    ['question,answer\na,b', '1! must be a header with a column messages or prompt'],
    ['prompt,PROMPT\na,b', '1! prompt is the name of two columns'],
    ['pro"mpt\na', '1! has a quote inside a field that does not begin with one'],
  ])('a header that cannot be read refuses the file: %j', async (file, fault) => {
    expect(told(await read(file, 'csv'))).toEqual([fault])
  })
})

test.each<[string | null, string | null, UploadFormat | null]>([
  ['prompts.csv', 'application/vnd.ms-excel', 'csv'],
  ['prompts.TSV', null, 'csv'],
  ['prompts.v2.json', 'application/octet-stream', 'json'],
  ['prompts.jsonl', 'application/json', 'jsonl'],
  ['prompts.ndjson', null, 'jsonl'],
  ['prompts', 'text/csv; charset=utf-8', 'csv'],
  ['json', null, null],
  [null, 'application/x-ndjson', 'jsonl'],
  ['prompts.txt', 'application/json', 'json'],
  ['prompts.xlsx', 'application/octet-stream', null],
  [null, null, null],
])('the format of %j sent as %j is %j', (filename, contentType, format) => {
  expect(uploadFormat(filename, contentType)).toBe(format)
})
