import type { Model, PipelineStage, QueryFilter, UpdateQuery } from 'mongoose'

/** What every collection that belongs to workspaces has in common. */
export interface WorkspaceDocument {
  readonly _id: string
  readonly workspaceId: string
}

interface FindOptions {
  readonly sort?: Record<string, 1 | -1>
  readonly limit?: number
}

export interface Upsert {
  readonly _id: string
  readonly workspaceId: string
  /** What a document of this id must meet beside, to be updated. */
  readonly conditions?: object
  readonly update: object
}

export interface WorkspaceCollection<Document extends WorkspaceDocument> {
  find(workspaceId: string, filter?: object, options?: FindOptions): Promise<Document[]>
  findOne(workspaceId: string, filter: object): Promise<Document | null>
  /** The same over several workspaces, for an id that does not tell its workspace. */
  findOneIn(workspaceIds: readonly string[], filter: object): Promise<Document | null>
  /** Gives the document after the update; null when none matched. */
  update(workspaceId: string, filter: object, update: object): Promise<Document | null>
  /** Updates all that match, by modifiers or by a pipeline. Gives the number of documents that changed. */
  updateAll(workspaceId: string, filter: object, update: object): Promise<number>
  delete(workspaceId: string, filter: object): Promise<boolean>
  count(workspaceId: string, filter?: object): Promise<number>
  /** The sum of a field; 0 when nothing matches. */
  sum(workspaceId: string, filter: object, field: string): Promise<number>
  /** Runs aggregation stages over the documents that match. */
  aggregate(workspaceId: string, filter: object, stages: readonly object[]): Promise<Record<string, unknown>[]>
  insert(document: Document): Promise<void>
  /** Inserts what is not there yet, by `_id`; what is there stays as it is. Gives the number of new ones. */
  insertMissing(documents: readonly Document[]): Promise<number>
  /**
   * Updates documents by `_id`, and makes those that are not there, in no order.
   *
   * @throws an error that `isDuplicateKey` knows, after all others were written, when a document is there and does not
   *   meet its conditions, or two writers made it at the same moment
   */
  upsertEach(upserts: readonly Upsert[]): Promise<void>
  /** Deletes what matches. Gives the number of documents. */
  deleteAll(workspaceId: string, filter: object): Promise<number>
  /** Runs aggregation stages over what matches in several workspaces. */
  aggregateIn(
    workspaceIds: readonly string[],
    filter: object,
    stages: readonly object[],
  ): Promise<Record<string, unknown>[]>
}

/**
 * The one door to tenant data: every query carries a workspace, put in here and after the caller's own conditions, so
 * that no caller can leave it out or overrule it. It is also the prefix of the shard key.
 */
export function createWorkspaceCollection<Document extends WorkspaceDocument>(
  model: Model<Document>,
): WorkspaceCollection<Document> {
  const scoped: Scope<Document> = (workspaceId, filter = {}) => {
    if (workspaceId === '') throw new Error(`a query of ${model.collection.name} named no workspace`)
    return { ...filter, workspaceId } as QueryFilter<Document>
  }
  return { ...createReads(model, scoped), ...createWrites(model, scoped) }
}

type Scope<Document> = (workspaceId: string, filter?: object) => QueryFilter<Document>
type Reads = 'find' | 'findOne' | 'findOneIn' | 'count' | 'sum' | 'aggregate' | 'aggregateIn'

function createReads<Document extends WorkspaceDocument>(
  model: Model<Document>,
  scoped: Scope<Document>,
): Pick<WorkspaceCollection<Document>, Reads> {
  return {
    async find(workspaceId, filter, options = {}) {
      const query = model.find(scoped(workspaceId, filter)).lean<Document[]>()
      if (options.sort) query.sort(options.sort)
      if (options.limit) query.limit(options.limit)
      return query.exec()
    },
    async findOne(workspaceId, filter) {
      return model.findOne(scoped(workspaceId, filter)).lean<Document>().exec()
    },
    async findOneIn(workspaceIds, filter) {
      const scope = { ...filter, workspaceId: { $in: [...workspaceIds] } } as QueryFilter<Document>
      return model.findOne(scope).lean<Document>().exec()
    },
    async count(workspaceId, filter) {
      return model.countDocuments(scoped(workspaceId, filter)).exec()
    },
    async sum(workspaceId, filter, field) {
      const rows = await model.aggregate<{ sum: number }>([
        { $match: scoped(workspaceId, filter) },
        { $group: { _id: null, sum: { $sum: `$${field}` } } },
      ])
      return rows[0]?.sum ?? 0
    },
    async aggregate(workspaceId, filter, stages) {
      const pipeline = [{ $match: scoped(workspaceId, filter) }, ...stages]
      return model.aggregate<Record<string, unknown>>(pipeline as PipelineStage[]).exec()
    },
    async aggregateIn(workspaceIds, filter, stages) {
      const pipeline = [{ $match: { ...filter, workspaceId: { $in: [...workspaceIds] } } }, ...stages]
      return model.aggregate<Record<string, unknown>>(pipeline as PipelineStage[]).exec()
    },
  }
}

function createWrites<Document extends WorkspaceDocument>(
  model: Model<Document>,
  scoped: Scope<Document>,
): Omit<WorkspaceCollection<Document>, Reads> {
  return {
    async update(workspaceId, filter, update) {
      return model
        .findOneAndUpdate(scoped(workspaceId, filter), update as UpdateQuery<Document>, { returnDocument: 'after' })
        .lean<Document>()
        .exec()
    },
    async updateAll(workspaceId, filter, update) {
      const updated = await model
        .updateMany(scoped(workspaceId, filter), update as UpdateQuery<Document>, { updatePipeline: true })
        .exec()
      return updated.modifiedCount
    },
    async delete(workspaceId, filter) {
      const { deletedCount } = await model.deleteOne(scoped(workspaceId, filter)).exec()
      return deletedCount > 0
    },
    async deleteAll(workspaceId, filter) {
      return (await model.deleteMany(scoped(workspaceId, filter)).exec()).deletedCount
    },
    async insert(document) {
      await model.create([document])
    },
    async insertMissing(documents) {
      if (documents.length === 0) return 0
      return insertMissing(model, documents)
    },
    async upsertEach(upserts) {
      const operations = upserts.map(({ _id, workspaceId, conditions, update }) => {
        return { updateOne: { filter: scoped(workspaceId, { ...conditions, _id }), update, upsert: true } }
      })
      if (operations.length > 0) await model.bulkWrite(operations as BulkOperations<Document>, { ordered: false })
    },
  }
}

type BulkOperations<Document> = Parameters<Model<Document>['bulkWrite']>[0]

const DUPLICATE_KEY = 11_000

async function insertMissing<Document extends WorkspaceDocument>(
  model: Model<Document>,
  documents: readonly Document[],
): Promise<number> {
  const operations = documents.map((document) => {
    const { _id, workspaceId, ...fields } = document
    return { updateOne: { filter: { _id, workspaceId }, update: { $setOnInsert: fields }, upsert: true } }
  })
  try {
    const result = await model.bulkWrite(operations as unknown as BulkOperations<Document>, { ordered: false })
    return result.upsertedCount
  } catch (error) {
    // Two upserts of one id at the same moment: the loser finds the winner's document, which is what it wanted.
    if (!isDuplicateKey(error)) throw error
    return 0
  }
}

/** Whether the database refused a write only because the document, or a unique value in it, was there already. */
export function isDuplicateKey(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  if (error.code !== DUPLICATE_KEY) return false
  const writeErrors: unknown = 'writeErrors' in error ? error.writeErrors : []
  return !Array.isArray(writeErrors) || writeErrors.every((each: { code?: number }) => each.code === DUPLICATE_KEY)
}
