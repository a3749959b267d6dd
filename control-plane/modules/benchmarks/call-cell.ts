import { readRetryAfterMs } from '../../../shared/network/retry-after.ts'
import { internalKey } from '../../../shared/secrets/internal-key.ts'
import type { StoredPrompt } from './benchmark-documents.ts'
import type { PlannedCell } from './run-plan.ts'

/** What the data plane said of a call. The answer itself comes with the call's record. */
export type CellOutcome =
  | { readonly type: 'answered' }
  /** It is being asked, or was answered: its result is there or will be. */
  | { readonly type: 'taken' }
  /** Nothing more can be paid for. */
  | { readonly type: 'no-credits' }
  /** The data plane wants fewer calls; nothing was wrong with this one. */
  | { readonly type: 'later'; readonly waitMs: number }
  | { readonly type: 'failed'; readonly code: string; readonly isTransient: boolean }

export interface CellCall {
  readonly workspaceId: string
  readonly abTestId: string
  readonly cell: PlannedCell
  readonly prompt: StoredPrompt
}

/** Asks one prompt of one variant, through the data plane as any caller would. Never throws for what the call met. */
export type CallCell = (call: CellCall) => Promise<CellOutcome>

export interface CallCellDeps {
  readonly dataPlaneUrl: string
  readonly masterKey: Buffer
  readonly keyPrefix: string
  /** The time in ms since the epoch. */
  readonly now: () => number
}

/** Beyond what a data plane takes for its longest call, where it is not told otherwise. */
const ANSWER_LIMIT_MS = 660_000
const NO_ANSWER = { type: 'failed', code: 'data_plane_unreachable', isTransient: true } as const

export function createCallCell({ dataPlaneUrl, masterKey, keyPrefix: prefix, now }: CallCellDeps): CallCell {
  return async ({ workspaceId, abTestId, cell, prompt }) => {
    const key = internalKey(masterKey, { workspaceId, purpose: 'benchmark', prefix })
    const url = new URL(`/api/applications/${encodeURIComponent(abTestId)}/v1/chat/completions`, dataPlaneUrl)
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${key}`,
          'x-signalbox-variant': cell.variantId,
          'x-signalbox-run-cell': cell.id,
        },
        body: bodyOf(prompt),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      })
      const text = await response.text()
      return response.status === 200 ? { type: 'answered' } : refusalOf(response, text, now())
    } catch {
      // Whether it was answered all the same, the next try is told.
      return NO_ANSWER
    }
  }
}

function bodyOf({ messagesJson, metadataJson }: StoredPrompt): string {
  if (metadataJson === null) return `{"messages":${messagesJson}}`
  // What is expected is compared here; the data plane is told what a router may look at.
  const { expected_output: _expected, ...metadata } = JSON.parse(metadataJson) as Record<string, unknown>
  return `{"messages":${messagesJson},"metadata":${JSON.stringify(metadata)}}`
}

/** 401, 404: the workspace's snapshot with the key or the variant is not served yet. */
const TRANSIENT_STATUSES = new Set([401, 408, 425])
const NOT_YET_CODES = new Set(['application_not_found', 'variant_not_found'])
const DEFAULT_WAIT_MS = 1_000

function refusalOf({ status, headers }: Response, text: string, now: number): CellOutcome {
  const code = readCode(text) ?? `status_${status}`
  if (code === 'cell_taken') return { type: 'taken' }
  if (status === 402) return { type: 'no-credits' }
  if (status === 429) {
    return { type: 'later', waitMs: readRetryAfterMs(Object.fromEntries(headers), now) ?? DEFAULT_WAIT_MS }
  }
  const isTransient = status >= 500 || TRANSIENT_STATUSES.has(status) || NOT_YET_CODES.has(code)
  return { type: 'failed', code, isTransient }
}

function readCode(text: string): string | null {
  try {
    const body = JSON.parse(text) as { error?: { code?: unknown } } | null
    const code = body?.error?.code
    return typeof code === 'string' ? code.slice(0, 100) : null
  } catch {
    return null
  }
}
