import { insertOne } from '../commands/insert.ts'
import { ID_INDEX, parseIndexDefinition } from '../indexes/index-definition.ts'
import { decode, type Value } from '../values/bson-values.ts'
import { type Output, targetOf } from './output-target.ts'
import type { StageContext } from './stage.ts'

/** `$out`: the collection becomes what the pipeline made, or stays as it was. */
export function compileOut(operand: Value, context: StageContext): Output {
  const target = targetOf('$out', operand, { named: 'coll', context })
  return (documents) => {
    const { catalog } = context.store
    const old = catalog.find(target.database, target.name)
    // Built beside the old collection, which stays whole until the last document fitted.
    const scratch = catalog.create(target.database, `tmp.agg_out.${context.store.now().getTime()}`, old?.options ?? {})
    try {
      for (const index of old?.indexes ?? []) {
        if (index.definition.name !== ID_INDEX.name)
          catalog.addIndex(scratch, parseIndexDefinition(index.definition.specification))
      }
      for (const bytes of documents) insertOne(scratch, { document: decode(bytes), bytes, bypass: false })
    } catch (error) {
      catalog.drop(scratch)
      throw error
    }
    if (old) catalog.drop(old)
    catalog.rename(scratch, target.database, target.name)
  }
}
