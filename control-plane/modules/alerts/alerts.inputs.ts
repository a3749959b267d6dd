import { ArgsType, Field, InputType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageArguments } from '../../api/page-arguments.ts'

export const AlertStateEnum = wordsOf(['open', 'resolved'])
registerEnumType(AlertStateEnum, { name: 'AlertState' })

@InputType({ description: 'Conditions that must all hold. What is left out or null is not asked for.' })
export class AlertFilterInput {
  @Field(() => AlertStateEnum, { nullable: true })
  readonly state?: keyof typeof AlertStateEnum | null
}

@ArgsType()
export class AlertsArguments extends PageArguments {
  @Field(() => AlertFilterInput, { nullable: true })
  readonly filter?: AlertFilterInput | null
}
