import type { Gateway } from '../../../shared/llm/gateways.ts'
import type { ProviderFailureType } from '../../../shared/llm/provider-failure.ts'
import type { Nanodollars } from '../../../shared/money/nanodollars.ts'
import type { ProviderCall } from '../provider.ts'
import type { JsonObject } from '../vendor-json.ts'

/** What makes one OpenAI-compatible gateway differ from OpenAI. */
export interface OpenAiDialect {
  readonly gateway: Gateway
  /** Signalbox's own request fields that this vendor must not see. */
  readonly withheldFields: readonly string[]
  /** The secret that goes out as the bearer; by default the API key. */
  readonly bearer?: (secrets: ProviderCall['secrets']) => string | undefined
  /** The vendor's own headers, beside those of every request. */
  readonly addHeaders?: (headers: Record<string, string>, call: ProviderCall) => void
  /** What goes into the body instead of a field that was withheld. */
  readonly addFields?: (body: JsonObject, request: ProviderCall['request']) => void
  /** What the vendor says that the call cost, where it says so in the usage. */
  readonly readCost?: (usage: JsonObject) => Nanodollars | null
  /** Where an error carries a code beside OpenAI's, which then stands for it. */
  readonly readCode?: (details: JsonObject) => unknown
  /** Causes that this vendor tells in its own words; null: the words all share decide. */
  readonly classifyError?: (error: VendorError) => ProviderFailureType | null
}

/** An error as OpenAI and those who follow it write it: https://platform.openai.com/docs/guides/error-codes */
export interface VendorError {
  /** The answer's own, else the one that an error told inside an answer carries as its code; null: neither. */
  readonly status: number | null
  readonly code: string | null
  readonly type: string | null
  readonly message: string
  /** The error itself, for what a vendor adds. */
  readonly details: JsonObject
}
