/** The words of the auto-routing API: what a caller may ask `auto` for. */

/** The model's name by which a caller leaves the choice to the router. */
export const AUTO_MODEL = 'auto'

/** What "best" means. */
export const OBJECTIVES = ['quality-per-dollar', 'lowest-cost', 'lowest-latency', 'highest-quality'] as const
export type Objective = (typeof OBJECTIVES)[number]

/** Named presets of an objective and what goes with it. */
export const SERVICES = ['standard', 'saver', 'turbo', 'precision', 'scale', 'agent', 'custom'] as const
export type Service = (typeof SERVICES)[number]

/** Kinds of work at which models differ. */
export const TASK_CLASSES = ['coding', 'vision', 'long-context', 'cheap-bulk', 'general'] as const
export type TaskClass = (typeof TASK_CLASSES)[number]

/** In what order a model's providers are tried when the caller wants no balancing. */
export const PROVIDER_SORTS = ['price', 'latency', 'throughput'] as const
export type ProviderSort = (typeof PROVIDER_SORTS)[number]

export const DATA_COLLECTION = ['allow', 'deny'] as const
