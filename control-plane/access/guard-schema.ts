import { defaultFieldResolver, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql'
import type { Authorize } from './authorize.ts'
import type { RequestContext } from './caller.ts'
import type { Permission } from './permissions.ts'

type Field = GraphQLField<unknown, RequestContext>

/**
 * Puts the permission check in front of every field that carries one, in place. Denies by default: a query or mutation
 * without a permission is a mistake in the code, found when the server starts and not when somebody uses it.
 *
 * @throws Error naming the root fields that have no permission
 */
export function guardSchema(schema: GraphQLSchema, authorize: Authorize): GraphQLSchema {
  const unguarded = findUnguardedFields(schema)
  if (unguarded.length > 0) throw new Error(`fields without a permission: ${unguarded.join(', ')}`)
  const roots = new Set([schema.getQueryType(), schema.getMutationType()])
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) guardField(field, roots.has(type), authorize)
  }
  return schema
}

/** The root fields that nobody has said who may use. */
export function findUnguardedFields(schema: GraphQLSchema): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return roots.flatMap((type) =>
    Object.values(type?.getFields() ?? {})
      .filter((field) => permissionOf(field) === undefined)
      .map((field) => `${type?.name}.${field.name}`),
  )
}

/** The permission a field was declared with. */
export function permissionOf(field: { readonly extensions: object }): Permission | undefined {
  return Reflect.get(field.extensions, 'permission')
}

function guardField(field: Field, isRoot: boolean, authorize: Authorize): void {
  const permission = permissionOf(field)
  if (!permission) return
  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = async (...call) => {
    const [source, args, context] = call
    const holder: unknown = isRoot ? args : source
    await authorize(permission, { context, workspaceId: workspaceIdOf(permission, holder), isRoot })
    return resolve(...call)
  }
}

function workspaceIdOf(permission: Permission, holder: unknown): string | null {
  if (permission.type !== 'workspace-role' || holder === null || typeof holder !== 'object') return null
  const workspaceId: unknown = Reflect.get(holder, permission.workspaceIdFrom)
  return typeof workspaceId === 'string' && workspaceId !== '' ? workspaceId : null
}
