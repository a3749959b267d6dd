/** One variant asked one prompt. */
export interface PlannedCell {
  /** `runId:variantId:promptId` */
  readonly id: string
  readonly runId: string
  readonly variantId: string
  readonly promptId: string
}

export interface RunPlan {
  readonly runId: string
  readonly variantIds: readonly string[]
  readonly promptIds: readonly string[]
}

/** Cells that one job works on. Its id is the same whenever the plan is made. */
export interface CellBatch {
  /** `runId.number`, from 0. */
  readonly id: string
  readonly cells: readonly PlannedCell[]
}

/**
 * Every variant × every prompt of a run, always in the same order: prompt by prompt, so that all variants are asked a
 * prompt at about the same time and the comparison does not pick up how a provider does over the day.
 *
 * @param plan ids without colons, each once
 * @throws RangeError for ids that would give two cells one id
 */
export function* planRun({ runId, variantIds, promptIds }: RunPlan): Generator<PlannedCell, void, undefined> {
  checkIds([runId])
  checkIds(variantIds)
  checkIds(promptIds)
  for (const promptId of promptIds) {
    for (const variantId of variantIds) yield { id: `${runId}:${variantId}:${promptId}`, runId, variantId, promptId }
  }
}

/**
 * Puts a run's cells into jobs. Prompts are not divided where a batch can hold one.
 *
 * @param size cells a batch at most, 1 or more
 * @throws RangeError for a size that is no whole number from 1
 */
export function* batchCells(plan: RunPlan, size: number): Generator<CellBatch, void, undefined> {
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`A batch cannot hold ${size} cells.`)
  const variants = plan.variantIds.length
  const wholePrompts = variants > 0 && variants <= size ? size - (size % variants) : size
  let number = 0
  let cells: PlannedCell[] = []
  for (const cell of planRun(plan)) {
    cells.push(cell)
    if (cells.length < wholePrompts) continue
    yield { id: `${plan.runId}.${number}`, cells }
    number += 1
    cells = []
  }
  if (cells.length > 0) yield { id: `${plan.runId}.${number}`, cells }
}

function checkIds(ids: readonly string[]): void {
  if (new Set(ids).size !== ids.length) throw new RangeError('A run names a variant or prompt twice.')
  const unfit = ids.find((id) => id === '' || id.includes(':'))
  if (unfit !== undefined) throw new RangeError(`The id ${JSON.stringify(unfit)} cannot stand in a cell's id.`)
}
