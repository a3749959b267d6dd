/*
 * Compiles aggregation pipelines. What the front of a pipeline filters, orders and cuts is read through the query planner;
 * the stages after it run lazily over documents in promoted form, one document at a time where the stage allows it.
 */
import { Aggregator } from 'mingo/aggregator'
import { CommandError } from '../errors.ts'
import { runQuery } from '../query/run-query.ts'
import type { Collection } from '../storage/collection-record.ts'
import { decodePlain, encode, type Fields, isFields, isNumeric, toPlain, type Value } from '../values/bson-values.ts'
import { translating } from './expressions/mingo-errors.ts'
import { operatorContext } from './operator-context.ts'
import { splitPipeline } from './split-pipeline.ts'
import { NATIVE_STAGES } from './native-stages.ts'
import type { NestedPipelines, Stage, StageContext } from './stage.ts'

/** Stages mingo runs as they are. */
const MINGO_STAGES = new Set([
  '$bucket',
  '$bucketAuto',
  '$densify',
  '$fill',
  '$graphLookup',
  '$redact',
  '$sample',
  '$setWindowFields',
])

/** Compiles stages into one. */
function compileStages(stages: Fields[], context: StageContext): Stage {
  const compiled = stages.map((stage) => compileStage(stage, context))
  return (documents) => compiled.reduce<Iterable<Fields>>((flow, stage) => stage(flow), documents)
}

function compileStage(stage: Fields, context: StageContext): Stage {
  const [name = ''] = Object.keys(stage)
  const native = NATIVE_STAGES[name]
  if (native) return native(stage[name], context)
  if (!MINGO_STAGES.has(name)) throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`)
  const plain = toPlain(stage) as Record<string, never>
  return (documents) => {
    const aggregator = new Aggregator([plain], {
      context: operatorContext(),
      variables: context.variables ?? {},
      collectionResolver: (from: string) => [...over(from, [], context)] as never,
    })
    return translated(aggregator.stream(documents as never) as unknown as Iterable<Fields>)
  }
}

function* translated(documents: Iterable<Fields>): Generator<Fields> {
  const iterator = documents[Symbol.iterator]()
  for (;;) {
    const next = translating(() => iterator.next())
    if (next.done) return
    yield next.value
  }
}

/** Runs a pipeline over another collection, in promoted form. */
function* over(name: string, stages: Fields[], context: StageContext): Generator<Fields> {
  const collection = context.store.catalog.find(context.database, name)
  const { request, rest } = splitPipeline(stages, context, undefined)
  yield* compileStages(rest, context)(decoded(collection ? runQuery(collection, request) : []))
}

/** What stages with pipelines inside are given. */
export const NESTED: NestedPipelines = { compile: compileStages, over }

/** The answer of a pipeline over a collection, encoded. */
export function* runPipeline(
  collection: Collection | undefined,
  stages: Fields[],
  { context, hint }: { context: StageContext; hint: Value },
): Generator<Uint8Array> {
  const { request, rest } = splitPipeline(stages, context, hint)
  const run = compileStages(rest, context)
  const keysOnly = rest.length > 0 && !readsDocuments(rest[0])
  const matches = collection ? runQuery(collection, request, { keysOnly }) : []
  if (rest.length === 0) {
    for (const match of matches) yield match.bytes
    return
  }
  const source = keysOnly ? undecoded(matches) : decoded(matches)
  for (const document of run(source)) yield encodeResult(document)
}

function* decoded(matches: Iterable<{ bytes: Uint8Array }>): Generator<Fields> {
  for (const match of matches) yield decodePlain(match.bytes)
}

/** A stage that only counts, as `countDocuments` asks for, needs no document decoded. */
function readsDocuments(stage: Fields | undefined): boolean {
  const group = stage?.['$group']
  if (!isFields(group)) return stage?.['$count'] === undefined
  return !Object.entries(group).every(([name, value]) =>
    name === '_id' ? isConstant(value) : isFields(value) && isConstant(value['$sum']),
  )
}

function isConstant(value: Value): boolean {
  return value === null || isNumeric(value)
}

function* undecoded(matches: Iterable<unknown>): Generator<Fields> {
  for (const _ of matches) yield {}
}

/** Fields an expression found missing are left out, at every depth. */
function encodeResult(document: Fields): Uint8Array {
  return encode(withoutMissing(document) as Fields)
}

function withoutMissing(value: Value): Value {
  if (Array.isArray(value)) return value.map((one) => withoutMissing(one === undefined ? null : one))
  if (!isFields(value)) return value
  const names = Object.keys(value)
  const kept: Fields = {}
  for (const name of names) if (value[name] !== undefined) kept[name] = withoutMissing(value[name])
  return kept
}
