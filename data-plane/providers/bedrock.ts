import { fromConverseAnswer } from './bedrock-converse/answer.ts'
import { fromEmbeddingAnswer, toEmbeddingRequest } from './bedrock-converse/embeddings.ts'
import { classifyBedrockFailure } from './bedrock-converse/failure.ts'
import { toConverseRequest } from './bedrock-converse/request.ts'
import { createConverseStreamDecoder } from './bedrock-converse/stream.ts'
import type { Provider, ProviderCall, ProviderRequest } from './provider.ts'

/**
 * Amazon Bedrock: chat by Converse and ConverseStream, which say the same of every model, and embeddings by InvokeModel
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html). A credential is
 * a Bedrock API key (`apiKey`), or AWS keys (`accessKeyId`, `secretAccessKey`, `sessionToken`) that sign each request.
 *
 * | OpenAI | Converse |
 * | --- | --- |
 * | `messages` of `system`, `developer` | `system`, in their order |
 * | other `messages` | `messages`, neighbours of one role merged; blank text left out, `name` dropped |
 * | `tool_calls`, `tool` messages | `toolUse`, `toolResult`; in words where no tools are offered |
 * | `image_url`, `input_audio`, `file` | `image`, `audio`, `document` from data: URLs, images from s3:// too; other addresses are refused, and `file_id` |
 * | `cache_control` of a message, a part or a tool | a `cachePoint` after it |
 * | `reasoning_details` | `reasoningContent`, as the model wrote it |
 * | `max_completion_tokens`, `max_tokens`, `stop` | `inferenceConfig` |
 * | `temperature`, `top_p`, `top_k` | `inferenceConfig`, `top_k` a field of the model's; what a Claude does not take, at all or while it thinks, is dropped |
 * | `tools`, `tool_choice` | `toolConfig`; left out for `none`, which Converse cannot say |
 * | `parallel_tool_calls: false` | Claude's `disable_parallel_tool_use`; dropped for others, which have no such switch |
 * | `response_format` | a schema is `outputConfig.textFormat`; `json_object` a sentence at the end of `system` |
 * | `reasoning_effort`, `thinking` | as each family is asked: see `reasoning.ts` |
 * | `service_tier` | `serviceTier`; `auto` and other words leave it to Bedrock |
 * | `additionalModelRequestFields`, `outputConfig` | laid over ours, field by field |
 * | `guardrailConfig`, `requestMetadata`, `performanceConfig`, `promptVariables`, `serviceTier`, `additionalModelResponseFieldPaths` | as they came |
 * | `n` above 1, answers in sound, `logit_bias`, `functions`, `web_search_options` | refused |
 * | penalties, `logprobs`, `seed`, `prediction`, `verbosity`, `user`, `metadata`, `store`, and any field not named here | dropped: Converse has no place for them, and the answer means the same |
 */
export const bedrock: Provider = {
  gateway: 'bedrock',
  buildRequest,
  parseAnswer: (call, body) =>
    call.kind === 'chat' ? fromConverseAnswer(call, body) : fromEmbeddingAnswer(call, body),
  createStreamDecoder: createConverseStreamDecoder,
  classifyFailure: classifyBedrockFailure,
}

function buildRequest(call: ProviderCall): ProviderRequest {
  const { apiKey } = call.secrets
  const accept = call.stream ? 'application/vnd.amazon.eventstream' : 'application/json'
  const headers = { 'content-type': 'application/json', accept }
  const url = `${call.baseUrl}/model/${encodeSegment(call.upstreamModel)}/${operationOf(call)}`
  const body = JSON.stringify(call.kind === 'chat' ? toConverseRequest(call) : toEmbeddingRequest(call))
  if (apiKey !== undefined) return { url, headers: { ...headers, authorization: `Bearer ${apiKey}` }, body }
  const region = call.settings['region'] ?? 'us-east-1'
  return { url, headers, body, signing: { type: 'aws-sigv4', service: 'bedrock', region } }
}

function operationOf(call: ProviderCall): string {
  if (call.kind === 'embedding') return 'invoke'
  return call.stream ? 'converse-stream' : 'converse'
}

/** Everything but RFC 3986's unreserved letters, as AWS encodes a path before it checks the signature. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
