/** As much of a mongoose model as this needs, whatever its documents are. */
interface Indexed {
  createIndexes(): Promise<void>
}

/** Makes every index the models declare. Indexes that exist already are left as they are, so each start may ask. */
export async function ensureIndexes(models: readonly Indexed[]): Promise<void> {
  for (const model of models) await model.createIndexes()
}
