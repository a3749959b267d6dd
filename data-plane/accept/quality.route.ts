import type { FastifyInstance } from 'fastify'
import type { ScoreOutcome } from '../../shared/queues/record-score.queue.ts'
import { applicationNotFound, invalidField, malformedJson, notReady, responseNotFound } from '../errors.ts'
import type { ServeLookup } from '../serve-lookup.ts'
import type { WorkspaceView } from '../snapshot/workspace-view.ts'
import { readGenerationId } from './generation-id.ts'
import { fault, requireObject, requireText, type Fields } from './request-fields.ts'

/** What a caller says of one of its responses. */
export interface CallersScore {
  readonly workspaceId: string
  readonly abTestId: string
  readonly generationId: string
  readonly metricName: string
  readonly value: number
}

interface QualityRoute {
  readonly path: string
  readonly lookUp: ServeLookup
  /** Rejects where nobody could say in time. */
  readonly sendScore: (score: CallersScore) => Promise<ScoreOutcome>
}

/** A caller's own score of a response of an A/B test: `{response_id, metric_name, value}`. */
export function routeQuality(app: FastifyInstance, { path, lookUp, sendScore }: QualityRoute): void {
  app.post<{ Params: { id: string } }>(path, (request, reply) =>
    lookUp({ request, reply }, ({ workspace }) => {
      const abTestId = request.params.id
      if (!workspace.findAbTest(abTestId)) throw applicationNotFound({ abTestId })
      return record({ abTestId, workspace, score: readScore(request.body) }, sendScore)
    }),
  )
}

interface ScoredTest {
  readonly abTestId: string
  readonly workspace: WorkspaceView
  readonly score: ReturnType<typeof readScore>
}

async function record({ abTestId, workspace, score }: ScoredTest, sendScore: QualityRoute['sendScore']) {
  const { responseId, ...rest } = score
  const sent = { workspaceId: workspace.workspaceId, abTestId, ...rest }
  const outcome = await sendScore(sent).catch((error: unknown) => {
    throw notReady({ what: 'record the score' }, { cause: error })
  })
  switch (outcome.type) {
    case 'recorded':
      return {
        response_id: responseId,
        metric_name: score.metricName,
        value: score.value,
        replaced: outcome.replaced,
      }
    case 'response-not-found':
      throw responseNotFound({ responseId }, { param: 'response_id' })
    case 'unknown-metric':
      throw invalidField(
        { field: 'metric_name', rule: 'must name a custom metric of the A/B test; create it there first' },
        { param: 'metric_name' },
      )
    default:
      return outcome satisfies never
  }
}

const LONGEST_NAME = 100

function readScore(body: unknown) {
  const fields = requireObject(parse(body), 'body')
  requireText(fields, 'response_id')
  requireText(fields, 'metric_name')
  const { response_id: responseId, metric_name: metricName } = fields as { response_id: string; metric_name: string }
  if (!metricName.startsWith('custom_') || metricName.length > LONGEST_NAME) {
    throw fault('metric_name', `must start with \`custom_\` and have at most ${LONGEST_NAME} characters`)
  }
  const value = readValue(fields)
  const generationId = readGenerationId(responseId)
  // What cannot be an id is the id of no response.
  if (generationId === null) throw responseNotFound({ responseId: responseId.slice(0, 64) }, { param: 'response_id' })
  return { responseId, generationId, metricName, value }
}

function readValue({ value }: Fields): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw fault('value', 'must be a finite number')
  return value
}

function parse(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString() : '')
  } catch (error) {
    throw malformedJson({}, { cause: error })
  }
}
