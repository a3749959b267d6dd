import { Arg, Args, Ctx, ID, Query, Resolver } from 'type-graphql'
import type { Caller, RequestContext } from '../../access/caller.ts'
import { Access, signedIn, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import { readPageRequest, toConnection } from '../../api/page.ts'
import { generationNotFound } from './request-logs.errors.ts'
import { GenerationsArguments, type GenerationFilterInput } from './request-logs.inputs.ts'
import type { GenerationFilter, RequestLogsReadModel } from './request-logs.read-model.ts'
import { GenerationConnection, GenerationType } from './request-logs.types.ts'
import { toGenerationType } from './to-generation-type.ts'

interface Deps {
  readonly readModel: RequestLogsReadModel
  readonly keyNames: (workspaceId: string, keyIds: readonly string[]) => Promise<Map<string, string>>
  /** The workspaces whose calls a caller may see. */
  readonly workspaceIdsOf: (caller: Caller) => Promise<string[]>
}

@Resolver()
export class RequestLogsResolver {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  @Query(() => GenerationConnection, { description: 'The calls of a workspace, newest first.' })
  @Access(workspaceRole('viewer'))
  async generations(
    @Args(() => GenerationsArguments) { workspaceId, first, after, filter }: GenerationsArguments,
  ): Promise<GenerationConnection> {
    const request = readPageRequest(first, after)
    const page = await this.#deps.readModel.page(workspaceId, toFilter(filter), request)
    const names = await this.#deps.keyNames(workspaceId, [...new Set(page.nodes.map((node) => node.keyId))])
    return toConnection(page, request, {
      positionOf: (stored) => stored._id,
      toNode: (stored) => toGenerationType(stored, names.get(stored.keyId) ?? null),
    })
  }

  @Query(() => GenerationType, {
    description: 'One call, by its id as any API showed it: bare, or with `nrc_`, `chatcmpl-` or `gen-`.',
  })
  @Access(signedIn)
  async generation(@Arg('id', () => ID) id: string, @Ctx() context: RequestContext): Promise<GenerationType> {
    const caller = await requireCaller(context)
    const stored = await this.#deps.readModel.find(await this.#deps.workspaceIdsOf(caller), id)
    if (!stored) throw generationNotFound({})
    const names = await this.#deps.keyNames(stored.workspaceId, [stored.keyId])
    return toGenerationType(stored, names.get(stored.keyId) ?? null)
  }
}

/** What a client left out or set to null is no condition. */
function toFilter(input: GenerationFilterInput | null | undefined): GenerationFilter {
  const { from, to, ...equal } = input ?? {}
  const given = Object.entries(equal).filter(([, value]) => value !== null && value !== undefined)
  return {
    ...Object.fromEntries(given),
    ...(from ? { from: from.getTime() } : {}),
    ...(to ? { to: to.getTime() } : {}),
  }
}
