import { ask } from './ask.ts'
import type { Demo } from './running-signalbox.ts'

export interface Progress {
  readonly total: number
  readonly done: number
  readonly answered: number
  readonly failed: number
  readonly chargeNanodollars: number
}

export interface Run {
  readonly id: string
  readonly state: string
  readonly pausedBecause: string | null
  readonly progress: Progress
}

export interface CellOfRun {
  readonly promptId: string
  readonly variantId: string
  readonly outcome: string | null
  readonly generationId: string | null
  readonly chargeNanodollars: number
  readonly scores: readonly { readonly value: number | null }[]
}

const RUN = 'id state pausedBecause progress { total done answered failed chargeNanodollars }'

/** Three variants of the demo's A/B test: two models, and one of them with instructions of its own. */
export async function makeVariants(demo: Demo, models: readonly object[]): Promise<string[]> {
  const made: string[] = []
  for (const input of models) {
    const { createVariant } = await ask<{ createVariant: { id: string } }>(
      demo,
      `mutation($workspaceId: ID!, $abTestId: ID!, $input: CreateVariantInput!) {
        createVariant(workspaceId: $workspaceId, abTestId: $abTestId, input: $input) { id }
      }`,
      { abTestId: demo.applicationId, input },
    )
    made.push(createVariant.id)
  }
  return made
}

export async function createBenchmark(demo: Demo, input: object): Promise<string> {
  const { createBenchmark: made } = await ask<{ createBenchmark: { id: string } }>(
    demo,
    'mutation($workspaceId: ID!, $input: CreateBenchmarkInput!) { createBenchmark(workspaceId: $workspaceId, input: $input) { id } }',
    { input },
  )
  return made.id
}

export interface Uploaded {
  readonly added: number
  readonly duplicates: number
  readonly faultCount: number
  readonly faults: readonly { readonly line: number; readonly path: string; readonly message: string }[]
}

/** Sends a file to a running Signalbox. */
export async function uploadPrompts(demo: Demo, benchmarkId: string, file: string): Promise<Uploaded> {
  const url = new URL(`/benchmarks/${benchmarkId}/prompts?filename=prompts.jsonl`, demo.graphqlUrl)
  const headers = { authorization: `Bearer ${demo.adminToken}` }
  const response = await fetch(url, { method: 'POST', headers, body: file })
  if (response.status !== 200) throw new Error(`the upload was answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Uploaded
}

export async function startRun(demo: Demo, input: object): Promise<Run> {
  const { startBenchmarkRun } = await ask<{ startBenchmarkRun: Run }>(
    demo,
    `mutation($workspaceId: ID!, $input: StartRunInput!) { startBenchmarkRun(workspaceId: $workspaceId, input: $input) { ${RUN} } }`,
    { input },
  )
  return startBenchmarkRun
}

export async function changeRun(demo: Demo, runId: string, change: 'pause' | 'resume' | 'cancel'): Promise<Run> {
  const { changed } = await ask<{ changed: Run }>(
    demo,
    `mutation($workspaceId: ID!, $runId: ID!) { changed: ${change}BenchmarkRun(workspaceId: $workspaceId, runId: $runId) { ${RUN} } }`,
    { runId },
  )
  return changed
}

export async function readRun(demo: Demo, runId: string): Promise<Run> {
  const { benchmarkRun } = await ask<{ benchmarkRun: Run }>(
    demo,
    `query($workspaceId: ID!, $runId: ID!) { benchmarkRun(workspaceId: $workspaceId, runId: $runId) { ${RUN} } }`,
    { runId },
  )
  return benchmarkRun
}

/** Every result of a run, read page by page. */
export async function readCells(demo: Demo, runId: string): Promise<CellOfRun[]> {
  const cells: CellOfRun[] = []
  for (let after: string | null = null; ;) {
    const { page }: { page: ResultsPage } = await ask(
      demo,
      `query($workspaceId: ID!, $runId: ID!, $after: String) {
        page: benchmarkRunResults(workspaceId: $workspaceId, runId: $runId, first: 50, after: $after) {
          nodes { prompt { id } results { variantId outcome generationId chargeNanodollars scores { value } } }
          pageInfo { hasNextPage endCursor }
        }
      }`,
      { runId, after },
    )
    for (const { prompt, results } of page.nodes) {
      cells.push(...results.map((result) => ({ ...result, promptId: prompt.id })))
    }
    if (!page.pageInfo.hasNextPage) return cells
    after = page.pageInfo.endCursor
  }
}

interface ResultsPage {
  readonly nodes: readonly { readonly prompt: { readonly id: string }; readonly results: readonly CellOfRun[] }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}
