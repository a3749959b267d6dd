/** What answers of runs are scored by, and how; made by whoever joins benchmarks to evaluations. */
export interface RunMetric {
  readonly id: string
  readonly name: string
  /** Null: it does not score single answers. */
  readonly score: ((name: string, answered: AnsweredCell) => Promise<ScoreOutcome>) | null
  /** Null: it does not compare answers. */
  readonly rank: ((name: string, ranked: RankedPrompt) => Promise<RankOutcome>) | null
}

export interface AnsweredCell {
  readonly messages: unknown
  /** The message. */
  readonly answer: unknown
  readonly expectedOutput: string | null
  readonly finishReason: string | null
}

export interface RankedPrompt {
  readonly messages: unknown
  /** Two or more, one of each variant: the message. */
  readonly answers: readonly { readonly variantId: string; readonly answer: unknown }[]
}

export type ScoreOutcome =
  | { readonly type: 'scored'; readonly value: number | null; readonly reason: string | null }
  | { readonly type: 'later'; readonly waitMs: number }

export type RankOutcome =
  | { readonly type: 'ranked'; readonly winRates: ReadonlyMap<string, number | null> }
  | { readonly type: 'unranked'; readonly reason: string }
  | { readonly type: 'later'; readonly waitMs: number }

/** Those of an A/B test that are in use. */
export type MetricsOf = (workspaceId: string, abTestId: string) => Promise<readonly RunMetric[]>
