import { registerEnumType } from 'type-graphql'
import { ROLES, type Role } from '../access/permissions.ts'
import { GATEWAYS, type Gateway } from '../../shared/llm/gateways.ts'

type Words<Word extends string> = { readonly [word in Word]: word }

/** An object type-graphql can register, made from a list of words the planes share. */
export function wordsOf<const Word extends string>(words: readonly Word[]): Words<Word> {
  return Object.fromEntries(words.map((word) => [word, word])) as Words<Word>
}

export const RoleEnum = wordsOf<Role>(ROLES)
registerEnumType(RoleEnum, { name: 'Role', description: 'What a member may do in a workspace, rising.' })

export const GatewayEnum = wordsOf<Gateway>(GATEWAYS)
registerEnumType(GatewayEnum, { name: 'Gateway', description: 'How a model is reached.' })
