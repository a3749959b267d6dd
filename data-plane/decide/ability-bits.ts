import { ABILITIES, type Ability } from '../../shared/llm/request-abilities.ts'

/** Sets of abilities as the bits of a number, so that comparing a request with a candidate is one operation. */
export type AbilityBits = number

const BIT = new Map(ABILITIES.map((ability, index) => [ability, 1 << index]))

export function bitOf(ability: Ability): AbilityBits {
  return BIT.get(ability) ?? 0
}

export function bitsOf(abilities: readonly Ability[]): AbilityBits {
  return abilities.reduce((bits, ability) => bits | bitOf(ability), 0)
}

export function abilitiesOf(bits: AbilityBits): readonly Ability[] {
  return ABILITIES.filter((ability) => (bits & bitOf(ability)) !== 0)
}
