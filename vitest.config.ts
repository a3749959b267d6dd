import { defineConfig } from 'vitest/config'

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
    // Graphql's and type-graphql's registries must be one instance each.
    server: { deps: { inline: ['type-graphql', 'graphql-scalars'] } },
  },
})
