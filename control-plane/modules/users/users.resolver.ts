import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../access/caller.ts'
import { Access, anyone, platformAdmin, signedIn } from '../../access/permissions.ts'
import { requireCaller } from '../../access/require-caller.ts'
import {
  CreateAdminTokenArguments,
  CreateUserInput,
  RevokeAdminTokenArguments,
  SignInArguments,
} from './users.inputs.ts'
import type { AdminToken, User, UsersReadModel } from './users.read-model.ts'
import type { UsersService } from './users.service.ts'
import { AdminTokenType, CreatedAdminToken, SignInResult, UserType } from './users.types.ts'

@Resolver()
export class UsersResolver {
  readonly #service: UsersService
  readonly #readModel: UsersReadModel

  constructor(service: UsersService, readModel: UsersReadModel) {
    this.#service = service
    this.#readModel = readModel
  }

  @Query(() => UserType, { nullable: true, description: 'The user who asks. Null: nobody is signed in.' })
  @Access(anyone)
  async me(@Ctx() context: RequestContext): Promise<UserType | null> {
    const caller = await context.caller()
    const user = caller && (await this.#readModel.find(caller.userId))
    return user && toUserType(user)
  }

  @Query(() => [AdminTokenType], { description: 'Your admin tokens, newest first.' })
  @Access(signedIn)
  async adminTokens(@Ctx() context: RequestContext): Promise<AdminTokenType[]> {
    const { userId } = await requireCaller(context)
    return (await this.#readModel.listAdminTokens(userId)).map(toAdminTokenType)
  }

  @Mutation(() => SignInResult, { description: 'Opens a session with e-mail address and password.' })
  @Access(anyone)
  async signIn(
    @Args(() => SignInArguments) { email, password }: SignInArguments,
    @Ctx() context: RequestContext,
  ): Promise<SignInResult> {
    const { session, user } = await this.#service.signIn({ email, password, address: context.address })
    return { token: session.token, expiresAt: new Date(session.expiresAt), user: toUserType(user) }
  }

  @Mutation(() => UserType, { description: 'Makes a user; `addMember` then brings it into a workspace.' })
  @Access(platformAdmin)
  async createUser(@Arg('input', () => CreateUserInput) input: CreateUserInput): Promise<UserType> {
    return toUserType(await this.#service.createUser(input))
  }

  @Mutation(() => CreatedAdminToken, { description: 'Makes a token with which a program acts as you.' })
  @Access(signedIn)
  async createAdminToken(
    @Args(() => CreateAdminTokenArguments) { name, expiresAt }: CreateAdminTokenArguments,
    @Ctx() context: RequestContext,
  ): Promise<CreatedAdminToken> {
    const { userId } = await requireCaller(context)
    const created = await this.#service.createAdminToken(userId, { name, expiresAt: expiresAt?.getTime() ?? null })
    return { adminToken: toAdminTokenType(created.adminToken), secret: created.secret }
  }

  @Mutation(() => Boolean, { description: 'Ends one of your admin tokens at once.' })
  @Access(signedIn)
  async revokeAdminToken(
    @Args(() => RevokeAdminTokenArguments) { id }: RevokeAdminTokenArguments,
    @Ctx() context: RequestContext,
  ): Promise<boolean> {
    const { userId } = await requireCaller(context)
    await this.#service.revokeAdminToken(userId, id)
    return true
  }
}

function toUserType(user: User): UserType {
  const { _id: id, email, name, isPlatformAdmin, createdAt } = user
  return { id, email, name, isPlatformAdmin, createdAt: new Date(createdAt) }
}

function toAdminTokenType(token: AdminToken): AdminTokenType {
  const { _id: id, name, lastFour, createdAt, expiresAt } = token
  const expires = expiresAt === null ? null : new Date(expiresAt)
  return { id, name, lastFour, createdAt: new Date(createdAt), expiresAt: expires }
}
