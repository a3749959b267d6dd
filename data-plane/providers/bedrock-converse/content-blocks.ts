import { UntranslatableRequest } from '../provider.ts'
import { asObject, asText, isObject, type JsonObject } from '../vendor-json.ts'
import { toMediaBlock, toPicture } from './media-blocks.ts'

/**
 * OpenAI's content parts as Converse's content blocks
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html). A part with `cache_control`,
 * as Anthropic's clients write it, is followed by a cache point. Converse refuses blank text, so a blank part is left out.
 *
 * @param content a message's `content`: text, a list of parts, or nothing
 * @throws UntranslatableRequest
 */
export function toContentBlocks(content: unknown): JsonObject[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return toTextBlocks(content)
  if (!Array.isArray(content)) throw new UntranslatableRequest('the content of a message is neither text nor a list')
  return content.flatMap((part: unknown) => {
    if (typeof part === 'string') return toTextBlocks(part)
    const blocks = toPartBlocks(asObject(part))
    return blocks.length === 0 ? [] : [...blocks, ...toCachePoints(part)]
  })
}

/** The cache point that a part, a message or a tool asks for after itself; none where it asks for none. */
export function toCachePoints(marked: unknown): JsonObject[] {
  const control = asObject(marked)['cache_control']
  if (!isObject(control)) return []
  const { ttl } = control
  return [{ cachePoint: { type: 'default', ...(typeof ttl === 'string' ? { ttl } : {}) } }]
}

export function toTextBlocks(text: string): JsonObject[] {
  return text.trim() === '' ? [] : [{ text }]
}

function toPartBlocks(part: JsonObject): JsonObject[] {
  switch (part['type']) {
    case 'text':
      return toTextBlocks(asText(part['text']))
    case 'refusal':
      return toTextBlocks(asText(part['refusal']))
    case 'image_url':
      return [toPicture(part['image_url'])]
    case 'input_audio':
      return [toAudio(asObject(part['input_audio']))]
    case 'file':
      return [toFile(asObject(part['file']))]
    default:
      throw new UntranslatableRequest(`Bedrock has no content of the type "${asText(part['type']).slice(0, 50)}"`)
  }
}

function toAudio({ format, data }: JsonObject): JsonObject {
  if (typeof format === 'string' && typeof data === 'string') return { audio: { format, source: { bytes: data } } }
  throw new UntranslatableRequest('an input_audio part needs format and data')
}

function toFile({ filename, file_data: data }: JsonObject): JsonObject {
  if (typeof data !== 'string') throw new UntranslatableRequest('Bedrock keeps no files: send the file as file_data')
  return toMediaBlock(data, asText(filename))
}
