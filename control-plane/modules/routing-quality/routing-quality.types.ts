import { GraphQLDateTimeISO } from 'graphql-scalars'
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'

export const QualitySourceEnum = wordsOf(['ab_test', 'benchmark_run'])
registerEnumType(QualitySourceEnum, {
  name: 'QualitySource',
  description:
    '`ab_test`: live answers of an A/B test whose variant was drawn by weights. `benchmark_run`: a completed run of a ' +
    'benchmark; of the runs of one benchmark with one test the newest counts.',
})

@ObjectType('QualityFinding', { description: 'What one metric said of a model, in one place.' })
export class QualityFindingType {
  @Field(() => QualitySourceEnum)
  readonly source!: keyof typeof QualitySourceEnum

  @Field(() => ID, { description: 'Of the A/B test or of the run.' })
  readonly sourceId!: string

  @Field(() => ID)
  readonly metricId!: string

  @Field(() => String)
  readonly metricName!: string

  @Field(() => Float, {
    description: 'The mean score from 0 to 1, and 1 is best, whatever the values of the metric are.',
  })
  readonly mean!: number

  @Field(() => Float, { description: 'Scores. One counts half after 30 days, and not at all after 90.' })
  readonly count!: number
}

@ObjectType('ModelQuality', { description: 'What is known of the quality of a model at a class of task.' })
export class ModelQualityType {
  @Field(() => String)
  readonly modelId!: string

  @Field(() => String, { description: '`coding`, `vision`, `long-context`, `cheap-bulk` or `general`.' })
  readonly taskClass!: string

  @Field(() => Float, { description: 'What is assumed of its family, by public rankings: a share of prompts, 0 to 1.' })
  readonly assumed!: number

  @Field(() => Float, {
    description:
      'What your scores say, on the same scale: what was assumed of the models that were compared, moved by how much ' +
      'better or worse this one was scored than the others.',
  })
  readonly measured!: number

  @Field(() => Int, { description: 'Answers that were scored. What is assumed weighs as much as 15 of them.' })
  readonly count!: number

  @Field(() => Float, {
    description: 'What `auto` goes by: both, and what the other classes of task say of the model.',
  })
  readonly expected!: number

  @Field(() => [QualityFindingType], { description: 'Where it comes from.' })
  readonly findings!: QualityFindingType[]
}

@ObjectType('RoutingQuality', {
  description:
    'What `auto` knows of models from your own A/B tests and benchmarks. Models that are not listed, and ' +
    'classes of task, are expected to be what public rankings say (`models`).',
})
export class RoutingQualityType {
  @Field(() => Boolean, { description: 'Whether `auto` goes by it (`updateWorkspaceRouting`, `learnFromScores`).' })
  readonly enabled!: boolean

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When it last changed so much that data planes were told.',
  })
  readonly learnedAt!: Date | null

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When new scores were last looked at. Null: never.' })
  readonly lookedAt!: Date | null

  @Field(() => [ModelQualityType])
  readonly models!: ModelQualityType[]
}
