import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { workspaceNotFound } from '../../access/access.errors.ts'
import type { RequestContext } from '../../access/caller.ts'
import { Access, signedIn, workspaceRole } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import {
  AddMemberArguments,
  CreateWorkspaceArguments,
  MemberArguments,
  SetMemberRoleArguments,
  WorkspaceCancelPolicyInput,
  WorkspaceLimitsInput,
  WorkspaceRoutingInput,
  WorkspaceSettingsInput,
} from './workspaces.inputs.ts'
import { toCancelPolicyChanges } from './to-cancel-policy.ts'
import { toLimitChanges } from './to-limits.ts'
import { toRoutingChanges } from './to-routing.ts'
import { toWorkspaceType } from './to-workspace-type.ts'
import type { Member, WorkspacesReadModel } from './workspaces.read-model.ts'
import type { MemberChange } from './workspace-members.ts'
import type { WorkspacesService } from './workspaces.service.ts'
import { MemberType, WorkspaceType } from './workspaces.types.ts'

/** What this module asks of the one that knows users. */
export interface UserDirectory {
  findByEmail(email: string): Promise<{ readonly id: string }>
  summaries(userIds: readonly string[]): Promise<Map<string, { readonly email: string; readonly name: string }>>
}

interface Deps {
  readonly service: WorkspacesService
  readonly readModel: WorkspacesReadModel
  readonly users: UserDirectory
}

@Resolver(() => WorkspaceType)
export class WorkspacesResolver {
  readonly #service: WorkspacesService
  readonly #readModel: WorkspacesReadModel
  readonly #users: UserDirectory

  constructor({ service, readModel, users }: Deps) {
    this.#service = service
    this.#readModel = readModel
    this.#users = users
  }

  @Query(() => [WorkspaceType], { description: 'Your workspaces, oldest first; all of them for a platform admin.' })
  @Access(signedIn)
  async workspaces(@Ctx() context: RequestContext): Promise<WorkspaceType[]> {
    const caller = await requireCaller(context)
    const found = caller.isPlatformAdmin ? this.#readModel.listAll() : this.#readModel.listOfUser(caller.userId)
    return (await found).map(toWorkspaceType)
  }

  @Query(() => WorkspaceType)
  @Access(workspaceRole('viewer', { workspaceIdFrom: 'id' }))
  async workspace(@Arg('id', () => ID) id: string): Promise<WorkspaceType> {
    const found = await this.#readModel.find(id)
    if (!found) throw workspaceNotFound({})
    return toWorkspaceType(found)
  }

  @FieldResolver(() => [MemberType], { description: 'Who belongs to it, in the order they came.' })
  async members(@Root() workspace: WorkspaceType): Promise<MemberType[]> {
    return this.#toMemberTypes(await this.#readModel.members(workspace.id))
  }

  @Mutation(() => WorkspaceType, { description: 'Makes a workspace whose owner is you.' })
  @Access(signedIn)
  async createWorkspace(
    @Args(() => CreateWorkspaceArguments) { name }: CreateWorkspaceArguments,
    @Ctx() context: RequestContext,
  ): Promise<WorkspaceType> {
    const { userId } = await requireCaller(context)
    return toWorkspaceType(await this.#service.create(name, userId))
  }

  @Mutation(() => WorkspaceType)
  @Access(workspaceRole('admin'))
  async updateWorkspaceSettings(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => WorkspaceSettingsInput) input: WorkspaceSettingsInput,
  ): Promise<WorkspaceType> {
    const { name, contentPolicy, pooledCredentials, contentRetentionDays } = input
    const changes = {
      ...(name ? { name } : {}),
      ...(contentPolicy ? { contentPolicy } : {}),
      ...(typeof pooledCredentials === 'boolean' ? { pooledCredentials } : {}),
      // Null is a word of its own here: as long as the record.
      ...(contentRetentionDays === undefined ? {} : { contentRetentionDays }),
    }
    return toWorkspaceType(await this.#service.updateSettings(workspaceId, changes))
  }

  @Mutation(() => WorkspaceType, {
    description: 'Sets what holds for calls that do not say it themselves. Served within a fraction of a second.',
  })
  @Access(workspaceRole('admin'))
  async updateWorkspaceRouting(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => WorkspaceRoutingInput) input: WorkspaceRoutingInput,
  ): Promise<WorkspaceType> {
    return toWorkspaceType(await this.#service.updateRouting(workspaceId, toRoutingChanges(input)))
  }

  @Mutation(() => WorkspaceType, {
    description: 'Sets what all keys may use together. Holds within a fraction of a second.',
  })
  @Access(workspaceRole('admin'))
  async updateWorkspaceLimits(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => WorkspaceLimitsInput) input: WorkspaceLimitsInput,
  ): Promise<WorkspaceType> {
    return toWorkspaceType(await this.#service.updateLimits(workspaceId, toLimitChanges(input)))
  }

  @Mutation(() => WorkspaceType, {
    description:
      'Sets what becomes of answers that have begun when their callers leave. Before its first content a call is stopped ' +
      'in any case, and costs nothing.',
  })
  @Access(workspaceRole('admin'))
  async updateWorkspaceCancelPolicy(
    @Arg('workspaceId', () => ID) workspaceId: string,
    @Arg('input', () => WorkspaceCancelPolicyInput) input: WorkspaceCancelPolicyInput,
  ): Promise<WorkspaceType> {
    return toWorkspaceType(await this.#service.updateCancelPolicy(workspaceId, toCancelPolicyChanges(input)))
  }

  @Mutation(() => MemberType, { description: 'Makes a user a member. Only an owner may make an owner.' })
  @Access(workspaceRole('admin'))
  async addMember(
    @Args(() => AddMemberArguments) { workspaceId, email, role }: AddMemberArguments,
    @Ctx() context: RequestContext,
  ): Promise<MemberType> {
    const { id: userId } = await this.#users.findByEmail(email)
    const change = await this.#changeBy(context, { workspaceId, userId })
    return this.#toMemberType(await this.#service.addMember(change, role))
  }

  @Mutation(() => MemberType)
  @Access(workspaceRole('admin'))
  async setMemberRole(
    @Args(() => SetMemberRoleArguments) { workspaceId, userId, role }: SetMemberRoleArguments,
    @Ctx() context: RequestContext,
  ): Promise<MemberType> {
    const change = await this.#changeBy(context, { workspaceId, userId })
    return this.#toMemberType(await this.#service.setMemberRole(change, role))
  }

  @Mutation(() => Boolean)
  @Access(workspaceRole('admin'))
  async removeMember(
    @Args(() => MemberArguments) { workspaceId, userId }: MemberArguments,
    @Ctx() context: RequestContext,
  ): Promise<boolean> {
    await this.#service.removeMember(await this.#changeBy(context, { workspaceId, userId }))
    return true
  }

  async #changeBy(context: RequestContext, about: { workspaceId: string; userId: string }): Promise<MemberChange> {
    const [caller, role] = await Promise.all([requireCaller(context), context.memberRole(about.workspaceId)])
    return { ...about, byOwner: caller.isPlatformAdmin || role === 'owner' }
  }

  async #toMemberType(member: Member): Promise<MemberType> {
    const [type] = await this.#toMemberTypes([member])
    if (!type) throw new Error('a member was lost on the way')
    return type
  }

  async #toMemberTypes(members: readonly Member[]): Promise<MemberType[]> {
    const users = await this.#users.summaries(members.map((member) => member.userId))
    return members.map(({ userId, role, createdAt }) => {
      const { email, name } = users.get(userId) ?? { email: '', name: '' }
      return { userId, email, name, role, createdAt: new Date(createdAt) }
    })
  }
}
