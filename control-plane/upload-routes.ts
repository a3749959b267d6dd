import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { forbidden, unauthenticated } from './access/access.errors.ts'
import { createAuthorize } from './access/authorize.ts'
import type { RequestContext } from './access/caller.ts'
import { workspaceRole } from './access/permissions.ts'
import { createAnswerWithError } from './api/answer-with-error.ts'
import type { ControlPlane } from './compose.ts'
import { benchmarkNotFound, unknownUploadFormat, uploadFormat } from './modules/benchmarks/index.ts'
import { toProposalType } from './modules/prices/index.ts'
import { readPriceUpload } from './read-price-upload.ts'

interface UploadRequest {
  readonly Params: { readonly id: string }
  readonly Querystring: { readonly filename?: string | string[] }
}

interface PriceUploadRequest {
  readonly Querystring: { readonly filename?: string | string[] }
}

type CreateContext = (request: FastifyRequest) => Promise<RequestContext>

/**
 * `POST /benchmarks/<id>/prompts?filename=<name>`: adds the prompts of a file, CSV, JSON or JSON Lines, to a benchmark
 * while the file arrives. The caller authenticates as for GraphQL. Answers
 * `{ added, duplicates, faultCount, faults: [{ line, path, message }] }`, with the first faults alone.
 *
 * `POST /prices/proposals?filename=<name>`: proposes the prices of a file in the form that genai-prices publishes. For
 * platform admins. Answers the proposal as `priceProposal` does, without its entries.
 */
export function addUploadRoutes(app: FastifyInstance, controlPlane: ControlPlane, createContext: CreateContext): void {
  const { modules, logger } = controlPlane
  const { readModel, service } = modules.benchmarks
  const authorize = createAuthorize({ workspaceExists: modules.workspaces.readModel.exists })

  app.register(async (uploads) => {
    // Bodies are read as they come, and by nobody but the route.
    uploads.removeAllContentTypeParsers()
    uploads.addContentTypeParser('*', (_request, _payload, done) => done(null))
    uploads.setErrorHandler<FastifyError>(createAnswerWithError(logger))
    uploads.post<UploadRequest>('/benchmarks/:id/prompts', async (request) => {
      const { id, workspaceId } = await findBenchmark(await createContext(request), request.params.id)
      const { filename } = request.query
      const name = typeof filename === 'string' ? filename : null
      const format = uploadFormat(name, request.headers['content-type'] ?? null)
      if (!format) throw unknownUploadFormat({})
      // Reading may end early: the connection is still needed for the answer.
      const stream = request.raw.iterator({ destroyOnReturn: false })
      return service.addUpload(workspaceId, { benchmarkId: id, stream, format })
    })
    uploads.post<PriceUploadRequest>('/prices/proposals', async (request, reply) => {
      const caller = await (await createContext(request)).caller()
      if (!caller) throw unauthenticated({})
      if (!caller.isPlatformAdmin) throw forbidden({ needed: 'a platform admin' })
      const file = await readPriceUpload(request.raw.iterator({ destroyOnReturn: false }), request.query.filename)
      const proposal = await modules.prices.service.proposeFromFile(file, caller.userId)
      return reply.code(201).send(toProposalType(proposal))
    })
  })

  async function findBenchmark(context: RequestContext, id: string): Promise<{ id: string; workspaceId: string }> {
    const caller = await context.caller()
    if (!caller) throw unauthenticated({})
    const { listAllIds, listIdsOfUser } = modules.workspaces.readModel
    const workspaceIds = await (caller.isPlatformAdmin ? listAllIds() : listIdsOfUser(caller.userId))
    const benchmark = await readModel.findIn(workspaceIds, id)
    if (!benchmark) throw benchmarkNotFound({})
    const { workspaceId } = benchmark
    await authorize(workspaceRole('developer'), { context, workspaceId, isRoot: true })
    return { id, workspaceId }
  }
}
