import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { wordsOf } from '../../api/enums.ts'
import { PageInfo } from '../../api/page-info.ts'
import type { SnapshotChange } from '../../../shared/snapshot/diff-snapshots.ts'

@ObjectType('SnapshotPin', { description: 'That an earlier revision’s routing is served, until it is released.' })
export class SnapshotPinType {
  @Field(() => String, { description: 'The revision whose routing is served.' })
  readonly revision!: string

  @Field(() => String)
  readonly reason!: string

  @Field(() => ID, { description: 'The user who pinned it.' })
  readonly pinnedBy!: string

  @Field(() => GraphQLDateTimeISO)
  readonly pinnedAt!: Date
}

@ObjectType({ description: 'What the data planes serve a workspace from.' })
export class Snapshot {
  @Field(() => ID, { description: 'The workspace it belongs to.' })
  readonly workspaceId!: string

  @Field(() => String, {
    nullable: true,
    description:
      'The hash of its content; equal content has equal revisions. Null: none is published yet. While one is pinned, ' +
      'this is another one where keys, credentials or limits have changed since.',
  })
  readonly revision!: string | null

  @Field(() => Int, { description: 'How many times its sources have begun or finished changing.' })
  readonly changes!: number

  @Field(() => Boolean, { description: 'True while a change is not yet known to be published.' })
  readonly dirty!: boolean

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'When this revision was published last.' })
  readonly publishedAt!: Date | null

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The content, without sealed secrets and key hashes. Null: none is published, or Redis is away.',
  })
  readonly content!: unknown

  @Field(() => SnapshotPinType, { nullable: true, description: 'Null: what is served is the newest.' })
  readonly pin!: SnapshotPinType | null
}

@ObjectType('SnapshotRevision', { description: 'What a workspace’s configuration was at a time.' })
export class SnapshotRevisionType {
  @Field(() => String, { description: 'The hash of its content. Calls’ records and `routing.revision` name it.' })
  readonly revision!: string

  @Field(() => GraphQLDateTimeISO, { description: 'When it became the newest the last time.' })
  readonly publishedAt!: Date

  @Field(() => [String], {
    description: 'What it changed of the one before it, as far as known: `routers[01J…] changed`. At most 20.',
  })
  readonly changed!: string[]

  @Field(() => Int, { description: 'Of its content as data planes read it.' })
  readonly sizeBytes!: number

  @Field(() => Boolean, { description: 'Whether its routing is served now.' })
  readonly isCurrent!: boolean

  @Field(() => Boolean)
  readonly isPinned!: boolean
}

@ObjectType()
export class SnapshotRevisionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => SnapshotRevisionType)
  readonly node!: SnapshotRevisionType
}

@ObjectType({ description: 'A page of revisions, newest first.' })
export class SnapshotRevisionConnection {
  @Field(() => [SnapshotRevisionEdge])
  readonly edges!: SnapshotRevisionEdge[]

  @Field(() => [SnapshotRevisionType], { description: 'The nodes of the edges.' })
  readonly nodes!: SnapshotRevisionType[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo
}

const ChangeKindEnum = wordsOf(['added', 'removed', 'changed'])
registerEnumType(ChangeKindEnum, { name: 'SnapshotChangeKind' })

@ObjectType('SnapshotChange')
export class SnapshotChangeType {
  @Field(() => String, {
    description: 'Where: `routers[01J…].rules[01K…].target.model`. Entries of lists by their ids.',
  })
  readonly path!: string

  @Field(() => ChangeKindEnum)
  readonly kind!: SnapshotChange['kind']

  @Field(() => String, {
    nullable: true,
    description: 'As JSON, cut at 500 characters. Null: it was not there, or is a secret or the hash of one.',
  })
  readonly before!: string | null

  @Field(() => String, { nullable: true, description: 'The same, of the later one.' })
  readonly after!: string | null
}

@ObjectType({ description: 'What changed from one revision to another.' })
export class SnapshotDiff {
  @Field(() => String)
  readonly from!: string

  @Field(() => String)
  readonly to!: string

  @Field(() => [SnapshotChangeType], { description: 'At most 500.' })
  readonly changes!: SnapshotChangeType[]

  @Field(() => Int, { description: 'All of them, also those that are not listed.' })
  readonly totalCount!: number
}
