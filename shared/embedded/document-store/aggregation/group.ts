import { CommandError } from '../errors.ts'
import { type Fields, isFields, type Value } from '../values/bson-values.ts'
import { encodeKey } from '../values/key-encoding.ts'
import { type Accumulator, ACCUMULATORS, type MakeAccumulator } from './accumulators.ts'
import { compilePlain } from './expression.ts'
import type { Stage, StageContext } from './stage.ts'

interface Group {
  id: Value
  accumulators: Accumulator[]
}

/** `$group`: only the state of its accumulators is kept for each group, never the documents. */
export function group(operand: Value, context: StageContext): Stage {
  if (!isFields(operand)) throw new CommandError(15947, "a group's fields must be specified in an object")
  if (!Object.hasOwn(operand, '_id')) throw new CommandError(15955, 'a group specification must include an _id')
  const keyOf = compilePlain(operand['_id'], context)
  const fields = Object.entries(operand).filter(([name]) => name !== '_id')
  const makers = fields.map(([name, specification]) => ({ name, make: accumulatorOf(name, specification, context) }))
  return function* (documents) {
    const groups = new Map<Value, Group>()
    for (const document of documents) {
      const id = keyOf(document) ?? null
      const key = groupKey(id, context)
      let known = groups.get(key)
      if (!known) {
        known = { id, accumulators: makers.map(({ make }) => make()) }
        groups.set(key, known)
      }
      for (const accumulator of known.accumulators) accumulator.add(document)
    }
    for (const { id, accumulators } of groups.values()) yield result(id, makers, accumulators)
  }
}

function result(id: Value, makers: { name: string }[], accumulators: Accumulator[]): Fields {
  const document: Fields = { _id: id }
  for (const [at, { name }] of makers.entries()) document[name] = accumulators[at]?.result()
  return document
}

/** Values that are equal to MongoDB have the same key; numbers and null are their own. */
function groupKey(id: Value, context: StageContext): Value {
  if (id === null || typeof id === 'number') return id
  const fold = context.collation?.fold
  if (typeof id === 'string') return fold ? fold(id) : id
  // A prefix no string key can be mistaken for.
  return `\0${encodeKey(id, fold).toString('latin1')}`
}

function accumulatorOf(name: string, specification: Value, context: StageContext): MakeAccumulator {
  if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`)
  if (!isFields(specification)) throw new CommandError(40234, `The field '${name}' must be an accumulator object`)
  const entries = Object.entries(specification)
  const [operator, operand] = entries[0] ?? []
  if (entries.length !== 1 || operator === undefined) {
    throw new CommandError(40238, `The field '${name}' must specify one accumulator`)
  }
  const compileAccumulator = ACCUMULATORS[operator]
  if (!compileAccumulator) throw new CommandError(15952, `unknown group operator '${operator}'`)
  return compileAccumulator(operand, context)
}
