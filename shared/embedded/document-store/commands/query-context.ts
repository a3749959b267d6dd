import { evaluate } from '../aggregation/expression.ts'
import { CommandError } from '../errors.ts'
import type { QueryContext } from '../query/filter-types.ts'
import type { Collection } from '../storage/collection-record.ts'
import { type Fields, isFields, setField, toPlain, type Value } from '../values/bson-values.ts'
import { parseCollation } from '../values/collation.ts'

/** The `let` and collation a command brings along. */
export function queryContext(source: Fields, collection: Collection | undefined, variables?: Value): QueryContext {
  const collation = source['collation'] === undefined ? collection?.options['collation'] : source['collation']
  return { collation: parseCollation(collation), variables: letVariables(variables ?? source['let']) }
}

function letVariables(variables: Value): Fields | undefined {
  if (variables === undefined) return undefined
  if (!isFields(variables)) throw new CommandError(14, "BSON field 'let' is the wrong type, expected type 'object'")
  const values: Fields = {}
  // They are expressions, of constants: `{ $literal: … }` is a way to say one.
  for (const [name, expression] of Object.entries(variables))
    setField(values, name, evaluate({}, toPlain(expression), {}))
  return values
}
