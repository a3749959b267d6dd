export const MOST_RUN_VARIANTS = 20
export const MOST_RUN_METRICS = 20
/** Calls of one run under way at a time. */
export const MOST_CONCURRENCY = 32
/** Prompts by variants of one run: as many calls somebody pays for. */
export const MOST_CELLS = 100_000
/** Cells that one job works on: few, so that a run that is paused or whose worker died has little to look at again. */
export const CELLS_AT_ONCE = 50
