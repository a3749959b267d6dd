import { UntranslatableRequest } from '../provider.ts'
import { asObject, asObjects, asText, isObject, type JsonObject } from '../vendor-json.ts'

/**
 * The parts of a message as the vendor's blocks. What the vendor's own words are (`document`, `search_result`, …) goes
 * through as it came, and so do `cache_control`, `citations`, `title` and `context` on any part.
 *
 * Text of nothing but white space is left out, for the vendor refuses it:
 * https://platform.claude.com/docs/en/api/messages/create
 *
 * @throws UntranslatableRequest for sound and moving pictures
 */
export function toBlocks(content: unknown): JsonObject[] {
  if (typeof content === 'string') return textBlock(content)
  return asObjects(content).flatMap(toBlock)
}

/** One text block, or none where there is nothing to say. */
export function textBlock(text: string, extras: JsonObject = {}): JsonObject[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, ...extras }]
}

/** A message may be marked for the cache as a whole, which means up to its last block. */
export function markLast(blocks: JsonObject[], cacheControl: unknown): JsonObject[] {
  const last = blocks.at(-1)
  if (!last || !isObject(cacheControl) || 'cache_control' in last) return blocks
  return [...blocks.slice(0, -1), { ...last, cache_control: cacheControl }]
}

function toBlock(part: JsonObject): JsonObject[] {
  switch (part['type']) {
    case 'text':
      return textBlock(asText(part['text']), extrasOf(part))
    case 'refusal':
      return textBlock(asText(part['refusal']))
    case 'image_url':
      return [{ ...fromUrl(readUrl(part['image_url']), 'image'), ...extrasOf(part) }]
    case 'file':
      return [{ ...fromFile(asObject(part['file'])), ...extrasOf(part) }]
    case 'input_audio':
    case 'video_url':
      throw new UntranslatableRequest(`this provider takes no ${part['type']} parts`)
    default:
      return [part]
  }
}

const EXTRAS = ['cache_control', 'citations', 'title', 'context'] as const

function extrasOf(part: JsonObject): JsonObject {
  const extras: JsonObject = {}
  for (const name of EXTRAS) {
    if (part[name] !== undefined && part[name] !== null) extras[name] = part[name]
  }
  return extras
}

/** `detail` is dropped: the vendor scales pictures itself. */
function readUrl(image: unknown): string {
  return typeof image === 'string' ? image : asText(asObject(image)['url'])
}

/** https://platform.claude.com/docs/en/build-with-claude/vision and …/pdf-support */
function fromFile(file: JsonObject): JsonObject {
  const title = asText(file['filename'])
  const named = title === '' ? {} : { title }
  const id = asText(file['file_id'])
  if (id !== '') return { type: 'document', source: { type: 'file', file_id: id }, ...named }
  const data = asText(file['file_data'])
  if (data === '') throw new UntranslatableRequest('a file part needs `file_id` or `file_data`')
  const block = fromUrl(isUrl(data) ? data : `data:application/pdf;base64,${data}`, 'document')
  return block['type'] === 'document' ? { ...block, ...named } : block
}

function isUrl(text: string): boolean {
  return text.startsWith('data:') || text.startsWith('https:') || text.startsWith('http:')
}

function fromUrl(url: string, type: 'image' | 'document'): JsonObject {
  if (!url.startsWith('data:')) return { type, source: { type: 'url', url } }
  const comma = url.indexOf(',')
  const [mediaType = '', ...parameters] = url.slice('data:'.length, Math.max(comma, 0)).split(';')
  if (!parameters.includes('base64')) throw new UntranslatableRequest('a data URL must be in base64')
  return fromBytes(mediaType.toLowerCase(), url.slice(comma + 1))
}

/** What the bytes are decides over where they stood: callers put PDFs into image parts. */
function fromBytes(mediaType: string, data: string): JsonObject {
  if (mediaType.startsWith('image/')) {
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data } }
  }
  if (mediaType === 'application/pdf') {
    return { type: 'document', source: { type: 'base64', media_type: mediaType, data } }
  }
  if (mediaType === 'text/plain') {
    const text = Buffer.from(data, 'base64').toString('utf8')
    return { type: 'document', source: { type: 'text', media_type: mediaType, data: text } }
  }
  throw new UntranslatableRequest(`this provider takes no files of the type ${mediaType.slice(0, 100)}`)
}
