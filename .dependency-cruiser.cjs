const STAGE = '^data-plane/(accept|authorize|decide|dispatch|relay|settle)/'
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle has no top to read from.', {}, { circular: true }),
    rule(
      'planes-do-not-meet',
      'The planes share a snapshot and queues, never code.',
      { path: '^(control-plane|data-plane)/' },
      { path: '^(control-plane|data-plane)/', pathNot: '^$1/' },
    ),
    rule(
      'shared-is-a-leaf',
      'shared/ knows no plane.',
      { path: '^shared/' },
      { path: '^(control-plane|data-plane|test)/' },
    ),
    rule(
      'nothing-imports-test',
      'Tests are read, never run, by the product.',
      { pathNot: '^test/' },
      { path: '^test/' },
    ),
    rule(
      'embedded-is-for-dev',
      'Only tests and dev entries start embedded services.',
      { pathNot: '^(test|shared/embedded)/' },
      { path: '^shared/embedded/' },
    ),
    rule(
      'data-plane-has-no-database',
      'A request is served from the snapshot and Redis alone.',
      { path: '^(data-plane|shared)/', pathNot: '^shared/embedded/' },
      { path: 'node_modules/(mongoose|mongodb|graphql|type-graphql|@apollo|reflect-metadata)(/|$)' },
    ),

    rule(
      'modules-meet-at-index',
      'Another module is its index.ts; the statistics of A/B tests are pure functions for whoever computes.',
      { path: '^control-plane/modules/([^/]+)/' },
      {
        path: '^control-plane/modules/[^/]+/',
        pathNot: ['^control-plane/modules/$1/', '/index\\.ts$', '^control-plane/modules/ab-tests/statistics/'],
      },
    ),
    rule(
      'outsiders-use-the-index',
      'Snapshot, workers and composition see a module through its index.ts.',
      { pathNot: '^(control-plane/modules|test)/' },
      { path: '^control-plane/modules/[^/]+/', pathNot: '/index\\.ts$' },
    ),
    rule(
      'model-stays-inside',
      'Mongoose stays behind the service and the read model; the index builds it.',
      { pathNot: ['\\.(service|read-model)\\.ts$', '^control-plane/modules/[^/]+/index\\.ts$'] },
      { path: '\\.model\\.ts$' },
    ),
    rule(
      'domain-knows-no-graphql',
      'Types and inputs are the edge; services and read models are not.',
      { path: '\\.(service|read-model|model|errors)\\.ts$' },
      { path: ['\\.(resolver|types|inputs)\\.ts$', 'node_modules/(graphql|type-graphql|@apollo)(/|$)'] },
    ),
    rule(
      'modules-know-no-host',
      'A module does not know who composes, serves, schedules or publishes it.',
      { path: '^control-plane/modules/' },
      { path: '^control-plane/(compose|schema|server|main|workers/|snapshot/(?!request-publish))' },
    ),
    rule(
      'compiler-is-pure',
      'Sources in, snapshot out: no I/O.',
      { path: '^control-plane/snapshot/compile-snapshot\\.ts$' },
      { pathNot: '^shared/(snapshot|llm|money|errors|ab-tests|routers)/' },
    ),

    rule(
      'stages-do-not-meet',
      'Only pipeline.ts and app.ts know the order of stages.',
      { path: STAGE },
      { path: STAGE, pathNot: '^data-plane/$1/' },
    ),
    rule(
      'providers-are-pure',
      'An adapter translates; it neither routes, sends nor replies.',
      { path: '^data-plane/providers/' },
      { path: ['^data-plane/(?!providers/)', 'node_modules/(fastify|undici|ioredis|bullmq)(/|$)'] },
    ),
    rule(
      'adapters-do-not-meet',
      'An adapter builds on wire formats, which are files and folders of their own, and on no other adapter.',
      { path: '^data-plane/providers/', pathNot: '/registry\\.ts$' },
      {
        path: '^data-plane/providers/(openai|anthropic|openrouter|vertex|bedrock|portkey|helicone|simulator|custom)\\.ts$',
      },
    ),
    rule(
      'only-dispatch-calls-providers',
      'One door to upstream.',
      { pathNot: '^(data-plane/(providers|dispatch)|test)/' },
      { path: '^data-plane/providers/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    // TypeScript 7 has no programmatic API yet; swc reads types' imports as well.
    parser: 'swc',
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
}
