import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Starts with what takes seconds, the files that start whole processes, so that none of them is left for the end. */
class WholeProcessesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const first = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/end-to-end/')
    return [...sorted.filter(first), ...sorted.filter((file) => !first(file))]
  }
}

export default defineConfig({
  resolve: {
    // Two builds of graphql in one process refuse each other's types.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // A test takes milliseconds; starting a Redis and a document store for a file takes longer on a busy machine.
    testTimeout: 15_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Every core: the process that hands out the files has little to do while they run.
    maxWorkers: '100%',
    // Files take turns in a process that reads the modules once. Reading them anew for each file was a third of the
    // suite's time and found nothing: no module keeps state of its own (CONTRIBUTING.md, "No singletons").
    isolate: false,
    sequence: { sequencer: WholeProcessesFirst },
    // Graphql's and type-graphql's registries must be one instance each.
    server: { deps: { inline: ['type-graphql', 'graphql-scalars'] } },
  },
})
