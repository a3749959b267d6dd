import type { Provider, ProviderCall } from '../../../data-plane/providers/provider.ts'
import type { RecordedRequest } from '../../../shared/embedded/simulator/request-log.ts'
import type { ConversationName, EmbeddingName } from './conversations.ts'

/** A vendor's SDK beside our adapter for that vendor. */
export interface SdkVendor<Client> {
  readonly name: string
  readonly provider: Provider
  /** What our adapter is told of the credential; the SDK's client is told the same. */
  readonly facts: Pick<ProviderCall, 'baseUrl' | 'secrets' | 'settings'>
  /** A client whose requests reach the simulator. */
  createClient(origin: string): Client
  readonly calls: Readonly<Record<string, SdkCall<Client>>>
  /** The conversations that the vendor cannot be asked for. */
  readonly unworded: readonly ConversationName[]
  /** The headers that are recorded; the rest is the SDK's own telemetry. */
  readonly headers: readonly string[]
  /** The SDK's headers as ours should be: every difference that is meant, with its reason. */
  expectHeaders(sdk: Readonly<Record<string, string>>, stream: boolean): Readonly<Record<string, string>>
}

export interface SdkCall<Client> {
  /** What our adapter is asked for, to mean the same. */
  readonly asked: { readonly chat: ConversationName } | { readonly embedding: EmbeddingName }
  readonly model: string
  send(client: Client): Promise<unknown>
}

export interface SdkRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What is kept of a request that the simulator saw. */
export function toSdkRequest(
  { method, path, query, headers, body }: RecordedRequest,
  kept: readonly string[],
): SdkRequest {
  const named = kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]))
  return { method, path: query === '' ? path : `${path}?${query}`, headers: Object.fromEntries(named), body }
}
