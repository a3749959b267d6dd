import type { WorkspaceCollection } from '../../database/workspace-collection.ts'
import { abTestArchived, abTestChanged, abTestNotFound } from './ab-tests.errors.ts'
import type { AbTest } from './ab-test-documents.ts'

/** So often a change is decided anew when others come first. */
const MOST_TRIES = 8

/** Looks at the A/B test as it stands and gives the fields to set; throws where the change is refused. */
export type DecideChange = (abTest: AbTest) => Promise<Partial<AbTest>> | Partial<AbTest>

export interface AbTestReference {
  readonly workspaceId: string
  readonly abTestId: string
}

export type ChangeAbTest = (reference: AbTestReference, decide: DecideChange) => Promise<AbTest>

/**
 * Makes changes of A/B tests that are decided on what is there: where another change comes in between, it is decided
 * anew. All that a change says is written at once.
 *
 * The change throws `abTestNotFound`, `abTestArchived`, `abTestChanged` (too many others), and what `decide` throws.
 */
export function createChangeAbTest(abTests: WorkspaceCollection<AbTest>): ChangeAbTest {
  return async ({ workspaceId, abTestId }, decide) => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const abTest = await findLiveAbTest(abTests, { workspaceId, abTestId })
      const fields = await decide(abTest)
      const asRead = { _id: abTestId, version: abTest.version, archivedAt: null }
      const changed = await abTests.update(workspaceId, asRead, { $set: fields, $inc: { version: 1 } })
      if (changed) return changed
    }
    throw abTestChanged({})
  }
}

/** Throws `abTestNotFound`, `abTestArchived`. */
export async function findLiveAbTest(
  abTests: WorkspaceCollection<AbTest>,
  { workspaceId, abTestId }: AbTestReference,
): Promise<AbTest> {
  const abTest = await abTests.findOne(workspaceId, { _id: abTestId })
  if (!abTest) throw abTestNotFound({}, { param: 'abTestId' })
  if (abTest.archivedAt !== null) throw abTestArchived({}, { param: 'abTestId' })
  return abTest
}
