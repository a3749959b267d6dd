interface CheckedChange<Result> {
  /** Throws where the change would leave something that points to what is not there, or round in a circle. */
  readonly check: () => Promise<void>
  readonly apply: () => Promise<Result>
  readonly undo: (result: Result) => Promise<unknown>
}

/**
 * A change that is right only together with documents of other collections, which others may change at the same time.
 * It is checked, made, and checked once more: of two changes that must not both stand, the one that looks last sees
 * both, and takes its own back.
 *
 * @throws what `check` throws; the change is then not made, or taken back
 */
export async function applyChecked<Result>({ check, apply, undo }: CheckedChange<Result>): Promise<Result> {
  await check()
  const result = await apply()
  try {
    await check()
  } catch (error) {
    await undo(result)
    throw error
  }
  return result
}
