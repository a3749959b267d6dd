import { ArrayMaxSize, IsOptional, Length, Max, Min, ValidateNested } from 'class-validator'
import { GraphQLJSON } from 'graphql-scalars'
import { ArgsType, Field, Float, ID, InputType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { GATEWAYS } from '../../../shared/llm/gateways.ts'
import { MOST_RULES, MOST_STEPS } from './read-routing.ts'

export const RouterKindEnum = wordsOf(['filter', 'sequential'])
registerEnumType(RouterKindEnum, {
  name: 'RouterKind',
  description:
    '`filter`: the first rule that matches decides. `sequential`: each step is tried when those before failed.',
})

@InputType({ description: 'Either an A/B test, whose production variant answers, or a model.' })
export class RouterTargetInput {
  @Field(() => ID, { nullable: true })
  readonly abTestId?: string | null

  @Field(() => String, {
    nullable: true,
    description: `With its gateway before it, for example \`openai:gpt-4\`. Gateways: ${GATEWAYS.join(', ')}.`,
  })
  readonly model?: string | null
}

@InputType()
export class RouterRuleInput {
  @Field(() => ID, { nullable: true, description: 'Of a rule that stays. Null: a new one.' })
  @IsOptional()
  @Length(1, 64)
  readonly id?: string | null

  @Field(() => String)
  @Length(1, 100)
  readonly name!: string

  @Field(() => Boolean, { defaultValue: true })
  readonly enabled!: boolean

  @Field(() => GraphQLJSON, {
    description:
      'A tree of `all`, `any` and `not` over conditions, for example ' +
      '`{"type": "metadata-equals", "path": "user_tier", "value": "premium"}`.',
  })
  readonly condition!: unknown

  @Field(() => RouterTargetInput)
  @ValidateNested()
  readonly target!: RouterTargetInput
}

@InputType()
export class RoutingRulesInput {
  @Field(() => RouterKindEnum)
  readonly type!: keyof typeof RouterKindEnum

  @Field(() => [RouterRuleInput], { nullable: true, description: 'Of a filter router, the first to be tried first.' })
  @IsOptional()
  @ArrayMaxSize(MOST_RULES)
  @ValidateNested()
  readonly rules?: RouterRuleInput[] | null

  @Field(() => RouterTargetInput, { nullable: true, description: 'Of a filter router: for what no rule matches.' })
  @IsOptional()
  @ValidateNested()
  readonly defaultTarget?: RouterTargetInput | null

  @Field(() => [RouterTargetInput], { nullable: true, description: 'Of a sequential router.' })
  @IsOptional()
  @ArrayMaxSize(MOST_STEPS)
  @ValidateNested()
  readonly steps?: RouterTargetInput[] | null
}

@InputType({ description: 'Which benchmark collects how many of the prompts.' })
export class RouterCaptureInput {
  @Field(() => ID)
  @Length(1, 64)
  readonly benchmarkId!: string

  @Field(() => Float, { description: 'A share from 0 to 1.' })
  @Min(0)
  @Max(1)
  readonly rate!: number
}

@InputType()
export class CreateRouterInput {
  @Field(() => String)
  @Length(1, 100)
  readonly name!: string

  @Field(() => RoutingRulesInput)
  @ValidateNested()
  readonly routing!: RoutingRulesInput

  @Field(() => RouterCaptureInput, { nullable: true, description: 'Null: no prompts are collected.' })
  @IsOptional()
  @ValidateNested()
  readonly capture?: RouterCaptureInput | null
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateRouterInput {
  @Field(() => String, { nullable: true })
  @IsOptional()
  @Length(1, 100)
  readonly name?: string | null

  @Field(() => RoutingRulesInput, { nullable: true, description: 'In the place of all that was there.' })
  @IsOptional()
  @ValidateNested()
  readonly routing?: RoutingRulesInput | null

  @Field(() => RouterCaptureInput, { nullable: true, description: 'Null takes it back.' })
  @IsOptional()
  @ValidateNested()
  readonly capture?: RouterCaptureInput | null
}

@ArgsType()
export class RouterArguments {
  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => ID)
  readonly routerId!: string
}
