import type { QueryContext } from '../query/filter-types.ts'
import type { Fields } from '../values/bson-values.ts'
import { DOCUMENT_STAGES, type DocumentStage } from './document-stages.ts'

/** Compiles stages that each make one document of one document, in promoted form; the caller has checked their names. */
export function compileDocumentStages(stages: Fields[], context: QueryContext): DocumentStage {
  const compiled = stages.flatMap((stage) => {
    const [name = ''] = Object.keys(stage)
    return DOCUMENT_STAGES[name]?.(stage[name], context) ?? []
  })
  return (document) => compiled.reduce((changed, stage) => stage(changed), document)
}
