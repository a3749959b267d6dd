/** How a file of prompts may be written. `csv` stands for fields between commas, semicolons or tabs. */
export type UploadFormat = 'csv' | 'json' | 'jsonl'

const BY_EXTENSION: ReadonlyMap<string, UploadFormat> = new Map([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['json', 'json'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
])

const BY_CONTENT_TYPE: ReadonlyMap<string, UploadFormat> = new Map([
  ['text/csv', 'csv'],
  ['application/csv', 'csv'],
  ['text/tab-separated-values', 'csv'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/jsonl', 'jsonl'],
  ['application/x-jsonl', 'jsonl'],
  ['application/jsonlines', 'jsonl'],
  ['application/x-jsonlines', 'jsonl'],
  ['application/ndjson', 'jsonl'],
  ['application/x-ndjson', 'jsonl'],
  ['text/jsonl', 'jsonl'],
])

/**
 * The format of an uploaded file. The name goes first: browsers send spreadsheet types for CSV and none for JSONL.
 *
 * @param contentType a media type, with or without parameters
 * @returns null where neither tells
 */
export function uploadFormat(filename: string | null, contentType: string | null): UploadFormat | null {
  const extension = filename?.trim().toLowerCase().split('.').slice(1).at(-1) ?? ''
  const mediaType = contentType?.toLowerCase().split(';', 1)[0]?.trim() ?? ''
  return BY_EXTENSION.get(extension) ?? BY_CONTENT_TYPE.get(mediaType) ?? null
}
