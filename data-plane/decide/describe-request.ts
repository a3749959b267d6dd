import type { ChatRequest, EmbeddingsRequest } from '../../shared/llm/chat-request.ts'
import { bitOf, type AbilityBits } from './ability-bits.ts'

/** What a request needs of whoever serves it. */
export interface RequestNeeds {
  /** Without these it cannot be served. */
  readonly abilities: AbilityBits
  /** Some vendors overlook these where they cannot; a choice of ours goes by them, a choice of the caller's does not. */
  readonly wishes: AbilityBits
  readonly images: number
  /** Bytes of pictures, sounds and files that stand in the body. */
  readonly imageBytes: number
  readonly fileBytes: number
  /** Characters of plain text: of all messages, or of the longest input of embeddings. */
  readonly textCharacters: number
  /** The most tokens of one answer; null: not said. */
  readonly maxOutputTokens: number | null
  readonly choices: number
}

/** Looks through a chat request once. */
export function describeChat(request: ChatRequest): RequestNeeds {
  const seen = { abilities: 0, images: 0, imageBytes: 0, fileBytes: 0, textCharacters: 0 }
  for (const { content } of request.messages) {
    if (typeof content === 'string') seen.textCharacters += content.length
    else if (Array.isArray(content)) for (const part of content) notePart(seen, part)
  }
  const choices = request.n ?? 1
  return {
    ...seen,
    abilities: seen.abilities | parameterNeeds(request, choices),
    wishes: parameterWishes(request),
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    choices,
  }
}

/** Looks through an embeddings request. A context window holds one input at a time. */
export function describeEmbeddings({ input, dimensions }: EmbeddingsRequest): RequestNeeds {
  const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input]
  let abilities = inputs.length > 1 ? bitOf('several-inputs') : 0
  if (typeof inputs[0] !== 'string') abilities |= bitOf('token-inputs')
  if (typeof dimensions === 'number') abilities |= bitOf('dimensions')
  let longest = 0
  for (const each of inputs) longest = Math.max(longest, lengthOf(each))
  return {
    abilities,
    wishes: 0,
    images: 0,
    imageBytes: 0,
    fileBytes: 0,
    textCharacters: longest,
    maxOutputTokens: null,
    choices: 1,
  }
}

interface Seen {
  abilities: AbilityBits
  images: number
  imageBytes: number
  fileBytes: number
  textCharacters: number
}

const IMAGES = bitOf('images')
const IMAGE_ADDRESSES = bitOf('image-addresses')
const AUDIO_INPUT = bitOf('audio-input')
const VIDEO = bitOf('video')
const FILES = bitOf('files')
const FILE_IDS = bitOf('file-ids')

/** One part of a message: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages */
function notePart(seen: Seen, part: unknown): void {
  const { type, text, image_url: image, input_audio: audio, file } = asObject(part)
  switch (type) {
    case 'text':
      seen.textCharacters += lengthOf(text)
      return
    case 'image_url':
      noteImage(seen, typeof image === 'string' ? image : asObject(image)['url'])
      return
    case 'input_audio':
      seen.abilities |= AUDIO_INPUT
      seen.fileBytes += lengthOf(asObject(audio)['data'])
      return
    case 'video_url':
      seen.abilities |= VIDEO
      return
    case 'file':
      seen.abilities |= asObject(file)['file_id'] === undefined ? FILES : FILES | FILE_IDS
      seen.fileBytes += lengthOf(asObject(file)['file_data'])
      return
    default:
  }
}

function noteImage(seen: Seen, url: unknown): void {
  const isAddress = typeof url === 'string' && /^https?:/i.test(url)
  seen.abilities |= isAddress ? IMAGES | IMAGE_ADDRESSES : IMAGES
  seen.images += 1
  seen.imageBytes += lengthOf(url)
}

function parameterNeeds(request: ChatRequest, choices: number): AbilityBits {
  const { tools, functions, response_format: format, modalities, audio } = request
  let needs = choices > 1 ? bitOf('several-choices') : 0
  if (isFilled(tools)) {
    needs |= bitOf('tools')
    if (request['parallel_tool_calls'] === false) needs |= bitOf('one-tool-at-a-time')
  }
  if (isFilled(functions)) needs |= bitOf('functions')
  if (asObject(format)['type'] === 'json_schema') needs |= bitOf('json-schema')
  if (isObject(audio) || (Array.isArray(modalities) && modalities.includes('audio'))) needs |= bitOf('audio-output')
  if (isObject(request['web_search_options'])) needs |= bitOf('web-search')
  return needs
}

function parameterWishes({ logprobs, top_logprobs: top, logit_bias: bias }: ChatRequest): AbilityBits {
  const wantsLogprobs = logprobs === true || (typeof top === 'number' && top > 0)
  const isBiased = isObject(bias) && Object.keys(bias).length > 0
  return (wantsLogprobs ? bitOf('logprobs') : 0) | (isBiased ? bitOf('logit-bias') : 0)
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const NO_FIELDS: Readonly<Record<string, unknown>> = {}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : NO_FIELDS
}
