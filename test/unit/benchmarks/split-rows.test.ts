import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCsvScanner } from '../../../control-plane/modules/benchmarks/scan-csv-records.ts'
import { createJsonArrayScanner } from '../../../control-plane/modules/benchmarks/scan-json-array.ts'
import { createJsonLinesScanner } from '../../../control-plane/modules/benchmarks/scan-json-lines.ts'
import { RowSplitter, type RowScanner } from '../../../control-plane/modules/benchmarks/split-rows.ts'
import { everyCut } from '../../helpers/split-bytes.ts'

const scanners: Record<string, () => RowScanner> = {
  csv: () => createCsvScanner(() => ','),
  json: createJsonArrayScanner,
  jsonl: createJsonLinesScanner,
}

type Found = [line: number, textOrFault: string]

const split = (format: string, blocks: Iterable<Buffer>, maxRowBytes = 1_000): Found[] => {
  const splitter = new RowSplitter((scanners[format] ?? createJsonLinesScanner)(), maxRowBytes)
  const found: Found[] = []
  const note = (row: ReturnType<typeof splitter.take> extends Iterable<infer Row> ? Row : never): void => {
    found.push([row.line, 'bytes' in row ? row.bytes.toString() : `! ${row.fault.message}`])
  }
  for (const block of blocks) for (const row of splitter.take(block)) note(row)
  for (const row of splitter.finish()) note(row)
  return found
}

const splitText = (format: string, text: string, maxRowBytes = 1_000): Found[] =>
  split(format, [Buffer.from(text)], maxRowBytes)

const FILES: [format: string, text: string, found: Found[]][] = [
  ['jsonl', '', []],
  [
    'jsonl',
    '{"a":1}\n\r\n \n{"é😀":2}\r\n{"a"',
    [
      [1, '{"a":1}'],
      [4, '{"é😀":2}\r'],
      [5, '{"a"'],
    ],
  ],
  ['json', '', []],
  ['json', ' [ ] ', []],
  [
    'json',
    '[{"a":[1,{"b":"]},\\"{"}]},\n  [2,3]\n,"x,]\\\\" , 4 ]\n',
    [
      [1, '{"a":[1,{"b":"]},\\"{"}]}'],
      [2, '[2,3]'],
      [3, '"x,]\\\\" '],
      [3, '4 '],
    ],
  ],
  [
    'json',
    '[\n  {"a":1}\n  {"b":2},,\n  {"c":3},\n]',
    [
      [2, '{"a":1}'],
      [3, '{"b":2}'],
      [3, '! has a comma too many'],
      [4, '{"c":3}'],
      [5, '! has a comma too many'],
    ],
  ],
  [
    'json',
    '[{"a":1}},{"b":2}] {"c":3}',
    [
      [1, '{"a":1}'],
      [1, '! closes what nothing opened'],
      [1, '{"b":2}'],
      [1, '! stands after the array’s end and is not read'],
    ],
  ],
  ['json', '\n{"a":1}\n{"a":2}', [[2, '! must be a JSON array of rows; a file with one object a line is JSONL']]],
  [
    'json',
    '[{"a":1},\n',
    [
      [1, '{"a":1}'],
      [2, '! is where the file ends, before its array does'],
    ],
  ],
  [
    'json',
    '[{"a":1},\n{"b":[2',
    [
      [1, '{"a":1}'],
      [2, '! is cut: the file ends inside it'],
    ],
  ],
  // What is lost to a bracket left out is one row, if rows begin lines.
  [
    'json',
    '[\n  {"a":[{"x":1}]},\n  {"b":[{"x":2}},\n  {"c":[{"x":3}]}\n]',
    [
      [2, '{"a":[{"x":1}]}'],
      [3, '! has brackets that do not match'],
      [4, '{"c":[{"x":3}]}'],
    ],
  ],
  [
    'json',
    '[\n  {\n    "a": [\n      {"x":1\n    ]\n  },\n  {\n    "b": 2\n  }\n]',
    [
      [2, '! has brackets that do not match'],
      [7, '{\n    "b": 2\n  }'],
    ],
  ],
  [
    'json',
    '[{"a":1},\n{"b":"2},\n{"c":3}\n]',
    [
      [1, '{"a":1}'],
      [2, '! has a text that is not closed on its line'],
      [3, '{"c":3}'],
    ],
  ],
  [
    'json',
    '[{"a":1},{"b":[2},{"c":3}]',
    [
      [1, '{"a":1}'],
      [1, '! has brackets that do not match'],
      [1, '! is followed by nothing that could be read as a row'],
    ],
  ],
  ['csv', '', []],
  [
    'csv',
    'a,b\r\n\r\n"x ""y"", \r\nz",é\n,\n"1","2"',
    [
      [1, 'a,b'],
      [3, '"x ""y"", \r\nz",é'],
      [5, ','],
      [6, '"1","2"'],
    ],
  ],
  [
    'csv',
    'a,b\n"open,1\nplain,2\n"shut",3\nlast,"4"\r\n',
    [
      [1, 'a,b'],
      [2, '! has a quote that neither closes a field nor is doubled'],
      [3, 'plain,2'],
      [4, '"shut",3'],
      [5, 'last,"4"'],
    ],
  ],
  [
    'csv',
    'a,b\nx,"1\ny,2\nz,3',
    [
      [1, 'a,b'],
      [2, '! is cut: the file ends inside a quoted field'],
    ],
  ],
]

describe('rows are found with their lines, whatever came before them', () => {
  test.each(FILES)('%s %j', (format, text, found) => {
    expect(splitText(format, text)).toEqual(found)
  })

  test.each(FILES)('and however the bytes are cut: %s %j', (format, text, found) => {
    for (const cut of everyCut(Buffer.from(text))) expect(split(format, cut)).toEqual(found)
  })
})

test('a damaged file of any format gives the same rows and faults however it is cut', () => {
  const pieces = ['{"a":1}', '"', '""', ',', '\n', '\r\n', '[', ']', '{', '}', '\\', '\\"', ' ', 'x', '  {"b":"c"}']
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((list) => list.join(''))
  fc.assert(
    fc.property(fc.constantFrom('csv', 'json', 'jsonl'), text, fc.integer({ min: 1, max: 9 }), (format, rest, size) => {
      const bytes = Buffer.from(format === 'json' ? `[${rest}` : rest)
      const count = Math.ceil(bytes.length / size)
      const blocks = Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
      expect(split(format, blocks)).toEqual(split(format, [bytes]))
    }),
    { numRuns: 500 },
  )
})

describe('a row longer than allowed', () => {
  const long = 'x'.repeat(100)

  test.each([
    ['jsonl', `{"a":1}\n"${long}"\n{"b":2}`, '{"a":1}', '{"b":2}'],
    ['json', `[{"a":1},\n{"long":"${long}"},\n{"b":2}]`, '{"a":1}', '{"b":2}'],
    ['csv', `a,1\n"${long}\n""\n",2\nb,3`, 'a,1', 'b,3'],
  ])('costs that row alone, however the bytes are cut: %s', (format, text, first, last) => {
    const lastLine = text.split('\n').length
    for (const cut of everyCut(Buffer.from(text))) {
      expect(split(format, cut, 50)).toEqual([
        [1, first],
        [2, '! is longer than 50 bytes'],
        [lastLine, last],
      ])
    }
  })

  test('because a bracket is left out costs no row after it', () => {
    const rows = Array.from({ length: 20 }, (_, index) => `{"row":${index}}`)
    const blocks = [`[\n{"open":1,\n`, ...rows.map((row) => `${row},\n`), ']'].map((block) => Buffer.from(block))
    const found = split('json', blocks, 50).map(([, text]) => text)
    expect(found).toEqual(['! is longer than 50 bytes', ...rows, '! has a comma too many'])
  })

  test('is never held whole', () => {
    const blocks = Array.from({ length: 100 }, () => Buffer.alloc(65_536, '['))
    const sizes: number[] = []
    const scanner = createJsonLinesScanner()
    const watched: RowScanner = {
      ...scanner,
      scan: (held, atEnd) => {
        sizes.push(held.length)
        return scanner.scan(held, atEnd)
      },
    }
    const splitter = new RowSplitter(watched, 100_000)
    expect(blocks.flatMap((block) => [...splitter.take(block)]).length).toBe(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100_000 + 65_536)
  })
})

test('brackets without end are given up, not kept', () => {
  const found = splitText('json', `[${'['.repeat(5_000)}\n{"a":1}]`, 10_000)
  expect(found).toEqual([
    [1, '! is nested too deeply'],
    [2, '{"a":1}'],
  ])
})
