import type { WorkspaceDocument } from '../../database/workspace-collection.ts'

/** What a workspace's scores taught. Its id is the workspace's. */
export interface LearnedQuality extends WorkspaceDocument {
  /** As JSON: `QualityKnowledge`, as snapshots carry it. */
  readonly knowledge: string
  /** As JSON: the `Finding`s behind it, at most MOST_FINDINGS. */
  readonly findings: string
  /** When it came to be as it is, ms. */
  readonly learnedAt: number
  /** When scores were looked at last, ms; what was new was not always worth telling. */
  readonly lookedAt: number
}

/** What a completed run of a benchmark teaches, which never changes. Its id is the run's. */
export interface RunEvidence extends WorkspaceDocument {
  /** As JSON: sums by metric, model and class. */
  readonly cells: string
  readonly expiresAt: Date
}
