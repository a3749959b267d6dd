import { UntranslatableRequest } from '../provider.ts'
import { asObject, asText, type JsonObject } from '../vendor-json.ts'

/**
 * A message's content as Google's parts (https://ai.google.dev/api/caching#Part): text, and pictures, sound, video and
 * documents as bytes or as an address.
 *
 * @throws UntranslatableRequest for content that Google has no part for
 */
export function toParts(content: unknown): JsonObject[] {
  if (typeof content === 'string') return [{ text: content }]
  if (!Array.isArray(content)) return []
  return content.map((item: unknown) => toPart(asObject(item)))
}

function toPart(item: JsonObject): JsonObject {
  switch (item['type']) {
    case 'text':
      return { text: asText(item['text']) }
    case 'refusal':
      return { text: asText(item['refusal']) }
    case 'image_url':
      return toMediaPart(addressOf(item['image_url']), 'image/jpeg')
    case 'video_url':
      return toMediaPart(addressOf(item['video_url']), 'video/mp4')
    case 'input_audio': {
      const { data, format } = asObject(item['input_audio'])
      return { inlineData: { mimeType: `audio/${asText(format)}`, data } }
    }
    case 'file': {
      const { file_data: data } = asObject(item['file'])
      if (typeof data !== 'string') throw new UntranslatableRequest('a file must be sent as file_data for this model')
      return toMediaPart(data, 'application/pdf')
    }
    default:
      throw new UntranslatableRequest(`content of type ${asText(item['type'])} is not supported for this model`)
  }
}

function addressOf(value: unknown): string {
  return typeof value === 'string' ? value : asText(asObject(value)['url'])
}

/**
 * Bytes of a `data:` URL, or the address of a file: in Cloud Storage, or anywhere for everybody to read. Google wants
 * to be told the type, which an address only hints at by its ending.
 *
 * @param fallbackType where the ending says nothing
 * @throws UntranslatableRequest
 */
export function toMediaPart(address: string, fallbackType: string): JsonObject {
  if (/^(https?|gs):\/\//i.test(address)) {
    return { fileData: { mimeType: typeByEnding(address) ?? fallbackType, fileUri: address } }
  }
  const comma = address.indexOf(',')
  const [, mimeType] = /^data:([^;,]+)(?:;[^;,]+)*;base64$/i.exec(address.slice(0, Math.max(0, comma))) ?? []
  if (mimeType === undefined) {
    throw new UntranslatableRequest('media must be a base64 data URL, or start with https:// or gs://')
  }
  return { inlineData: { mimeType, data: address.slice(comma + 1) } }
}

/** https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-understanding and its sisters. */
const TYPES = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
  ['m4a', 'audio/m4a'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['mpeg', 'video/mpeg'],
  ['webm', 'video/webm'],
])

function typeByEnding(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const { pathname } = new URL(address)
  return TYPES.get(pathname.slice(pathname.lastIndexOf('.') + 1).toLowerCase())
}
