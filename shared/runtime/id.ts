import { monotonicFactory } from 'ulid'

/** Makes ids: 26 characters, sorted by the time they were made. */
export type CreateId = () => string

/** ULIDs (https://github.com/ulid/spec), rising within one process even inside one millisecond. */
export const createId: CreateId = monotonicFactory()
