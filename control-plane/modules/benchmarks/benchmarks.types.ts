import { GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars'
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Access, workspaceRole } from '../../access/permissions.ts'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import { PROMPT_SOURCES } from './benchmarks.read-model.ts'

export const PromptSourceEnum = wordsOf(PROMPT_SOURCES)
registerEnumType(PromptSourceEnum, {
  name: 'PromptSource',
  description: '`capture`: a live call. `upload`: a file. `generation`: a stored call that was chosen later.',
})

@ObjectType('Benchmark', { description: 'A collection of prompts, each of them once.' })
export class BenchmarkType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => ID, { nullable: true, description: 'The A/B test it belongs to; null: none.' })
  readonly abTestId!: string | null

  @Field(() => Boolean, { description: 'Whether personal data is taken out of prompts before they are kept.' })
  readonly redact!: boolean

  @Field(() => Int)
  readonly promptCount!: number

  @Field(() => GraphQLDateTimeISO, { nullable: true })
  readonly archivedAt!: Date | null

  @Field(() => GraphQLDateTimeISO)
  readonly createdAt!: Date

  @Field(() => ID, { nullable: true, description: 'The user; null: the first prompt that was captured made it.' })
  readonly createdBy!: string | null
}

@ObjectType('BenchmarkPrompt')
export class BenchmarkPromptType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => ID)
  readonly workspaceId!: string

  @Field(() => PromptSourceEnum)
  readonly source!: string

  @Field(() => GraphQLDateTimeISO)
  readonly addedAt!: Date

  @Field(() => GraphQLJSON, { nullable: true, description: 'For members from developer up.' })
  @Access(workspaceRole('developer'))
  readonly messages!: unknown

  @Field(() => String, { nullable: true, description: 'What a good answer says. For members from developer up.' })
  @Access(workspaceRole('developer'))
  readonly expectedOutput!: string | null

  @Field(() => GraphQLJSON, { nullable: true, description: 'For members from developer up.' })
  @Access(workspaceRole('developer'))
  readonly metadata!: unknown
}

@ObjectType({ description: 'What became of prompts that were to be added.' })
export class AddedPromptsType {
  @Field(() => Int)
  readonly added!: number

  @Field(() => Int, { description: 'That the benchmark had already, or that came more than once.' })
  readonly duplicates!: number

  @Field(() => Int, { description: 'Left out: the benchmark is full.' })
  readonly refused!: number

  @Field(() => Int, { description: 'Calls whose prompt was not kept, or is none that a benchmark can hold.' })
  readonly withoutPrompt!: number
}

@ObjectType()
export class BenchmarkEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => BenchmarkType)
  readonly node!: BenchmarkType
}

@ObjectType({ description: 'A page of benchmarks, newest first.' })
export class BenchmarkConnection {
  @Field(() => [BenchmarkEdge])
  readonly edges!: BenchmarkEdge[]

  @Field(() => [BenchmarkType], { description: 'The nodes of the edges.' })
  readonly nodes!: BenchmarkType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType()
export class BenchmarkPromptEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => BenchmarkPromptType)
  readonly node!: BenchmarkPromptType
}

@ObjectType({ description: 'A page of prompts, in the order they were added.' })
export class BenchmarkPromptConnection {
  @Field(() => [BenchmarkPromptEdge])
  readonly edges!: BenchmarkPromptEdge[]

  @Field(() => [BenchmarkPromptType], { description: 'The nodes of the edges.' })
  readonly nodes!: BenchmarkPromptType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

@ObjectType({ description: 'How far a run is. It never goes back.' })
export class RunProgressType {
  @Field(() => Int, { description: 'Prompts by variants.' })
  readonly total!: number

  @Field(() => Int, { description: 'Answered or failed for good.' })
  readonly done!: number

  @Field(() => Int)
  readonly answered!: number

  @Field(() => Int)
  readonly failed!: number

  @Field(() => GraphQLSafeInt, { description: 'What its calls took from the balance so far, exactly.' })
  readonly chargeNanodollars!: number
}
