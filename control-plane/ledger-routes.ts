import { Readable } from 'node:stream'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { createAuthorize } from './access/authorize.ts'
import type { RequestContext } from './access/caller.ts'
import { workspaceRole } from './access/permissions.ts'
import { createAnswerWithError } from './api/answer-with-error.ts'
import { invalidInput } from './api/api.errors.ts'
import type { ControlPlane } from './compose.ts'
import {
  LEDGER_CSV_HEADER,
  LEDGER_ENTRY_TYPES,
  toLedgerCsv,
  type LedgerEntryKind,
  type LedgerFilter,
} from './modules/billing/index.ts'

type Words = string | string[]

interface ExportRequest {
  readonly Params: { readonly workspaceId: string }
  readonly Querystring: { readonly from?: Words; readonly to?: Words; readonly types?: Words }
}

type CreateContext = (request: FastifyRequest) => Promise<RequestContext>

/**
 * `GET /billing/<workspaceId>/ledger.csv?from=<time>&to=<time>&types=<type>,<type>`: the ledger as CSV, oldest first. Times
 * are ISO 8601, `from` included and `to` not. The caller authenticates as for GraphQL and needs to be a viewer.
 * It is read a few hundred entries at a time, and only as fast as the caller takes them. An answer whose connection
 * breaks before its last chunk is not whole.
 */
export function addLedgerRoutes(app: FastifyInstance, controlPlane: ControlPlane, createContext: CreateContext): void {
  const { modules, logger } = controlPlane
  const authorize = createAuthorize({ workspaceExists: modules.workspaces.readModel.exists })

  app.register(async (routes) => {
    routes.setErrorHandler<FastifyError>(createAnswerWithError(logger))
    routes.get<ExportRequest>('/billing/:workspaceId/ledger.csv', async (request, reply) => {
      const { workspaceId } = request.params
      const context = await createContext(request)
      await authorize(workspaceRole('viewer'), { context, workspaceId, isRoot: true })
      const lines = ledgerLines(workspaceId, readFilter(request.query))
      return reply
        .header('content-type', 'text/csv; charset=utf-8; header=present')
        .header('content-disposition', `attachment; filename="ledger-${workspaceId}.csv"`)
        .header('cache-control', 'no-store')
        .header('x-content-type-options', 'nosniff')
        .send(Readable.from(lines, { objectMode: false }))
    })
  })

  async function* ledgerLines(workspaceId: string, filter: LedgerFilter): AsyncGenerator<string> {
    yield LEDGER_CSV_HEADER
    try {
      const pages = modules.billing.readModel.exportLedger(workspaceId, filter)
      for await (const entries of pages) yield entries.map(toLedgerCsv).join('')
    } catch (error) {
      // The caller sees a connection that breaks: the status has been sent.
      logger.warn({ err: error, workspaceId }, 'an export of a ledger broke off')
      throw error
    }
  }
}

function readFilter({ from, to, types }: ExportRequest['Querystring']): LedgerFilter {
  const wanted = types === undefined ? [] : [types].flat().flatMap((words) => words.split(','))
  return {
    ...(from !== undefined && { from: readTime('from', from) }),
    ...(to !== undefined && { to: readTime('to', to) }),
    ...(wanted.length > 0 && { types: wanted.map(readType) }),
  }
}

/** A date, or a time with its zone: without one it would be the server's. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

function readTime(field: string, word: Words): number {
  const time = typeof word === 'string' && TIME.test(word) ? Date.parse(word) : Number.NaN
  if (Number.isNaN(time)) throw invalidInput({ field, fault: 'must be a time such as 2026-11-01T00:00:00Z' })
  return time
}

function readType(word: string): LedgerEntryKind {
  const type = LEDGER_ENTRY_TYPES.find((known) => known === word)
  if (!type) throw invalidInput({ field: 'types', fault: `must be of ${LEDGER_ENTRY_TYPES.join(', ')}` })
  return type
}
