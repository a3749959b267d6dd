import { z } from 'zod'
import { abTestSchema } from '../ab-tests/ab-test-settings.ts'
import { cancelPolicySchema } from '../llm/cancel-policy.ts'
import { GATEWAYS } from '../llm/gateways.ts'
import { routingDefaultsSchema } from '../llm/routing-defaults.ts'
import { qualityKnowledgeSchema } from '../llm/routing-quality.ts'
import { budgetSchema } from '../money/budget.ts'
import { keyLimitsSchema, workspaceLimitsSchema } from '../limits/limit-settings.ts'
import { routerSchema } from '../routers/router-settings.ts'
import { SURFACES } from '../llm/surfaces.ts'
import { priceOverrideSchema, priceSchema } from './price-schema.ts'

/**
 * What the control plane tells the data planes. One snapshot a workspace, and one catalog for all. Money is integer
 * nano-dollars; times are milliseconds since the epoch; secrets are sealed.
 */

/** Raised when the shape changes so that an older reader must not read it. */
export const SNAPSHOT_SCHEMA_VERSION = 1

/** What a request may ask of a model beyond text in and text out. */
export const CAPABILITIES = ['tools', 'vision', 'json-schema', 'reasoning', 'audio'] as const
export type Capability = (typeof CAPABILITIES)[number]

const endpoint = z.object({
  gateway: z.enum(GATEWAYS),
  /** The model's name in the gateway's own words. */
  upstreamModel: z.string().min(1),
  /** Null: not known. */
  price: priceSchema.nullable(),
  /** Null: any credential of the gateway will do. Set for a workspace's own models. */
  credentialId: z.string().nullable(),
})

const model = z.object({
  /** What callers name; without a gateway prefix. */
  id: z.string().min(1),
  /** Who made it, for example `openai`. */
  author: z.string(),
  name: z.string(),
  kind: z.enum(['chat', 'embedding']),
  contextWindow: z.number().int().positive().nullable(),
  maxOutputTokens: z.number().int().positive().nullable(),
  /** Null: not known, which is not the same as none. */
  capabilities: z.array(z.enum(CAPABILITIES)).nullable(),
  endpoints: z.array(endpoint).min(1),
})

const credential = z.object({
  id: z.string().min(1),
  gateway: z.enum(GATEWAYS),
  /** Sealed for the context of the credential's id; null where the gateway asks for no secret. */
  sealedSecret: z.string().nullable(),
  /** Where the secret may be sent; null: the gateway's own address. */
  baseUrl: z.url().nullable(),
  /** What the gateway's adapter needs beside the secret: a region, a project. Never secret. */
  settings: z.record(z.string(), z.string()).default({}),
})

const key = z.object({
  id: z.string().min(1),
  name: z.string(),
  /** SHA-256, hex. */
  hash: z.string().length(64),
  /** Model ids as callers write them; null: every model of the workspace. */
  allowedModels: z.array(z.string()).nullable(),
  allowedSurfaces: z.array(z.enum(SURFACES)).nullable(),
  expiresAt: z.number().int().nullable(),
  /** Null: only the workspace's. Came after the first version. */
  limits: keyLimitsSchema.nullable().default(null),
  /** What its calls are for. Signalbox makes its own with a key that nobody is told. Came after the first version. */
  purpose: z.enum(['live', 'evaluation', 'benchmark']).default('live'),
})

const settings = z.object({
  /** The markup on pooled calls, in millionths: 1.25 is 1,250,000. */
  markupMillionths: z.number().int().nonnegative(),
  creditNanodollars: z.number().int().positive(),
  /** What is kept of prompts and answers. */
  contentPolicy: z.enum(['none', 'metadata', 'full']),
  /** Whether a platform credential may serve a gateway for which the workspace has none of its own. */
  pooledCredentials: z.boolean(),
  /** Came after the first version: a snapshot without it has the default limits. */
  limits: workspaceLimitsSchema.prefault({}),
  /** Came after the first version: a snapshot without it leaves everything to the request. */
  routing: routingDefaultsSchema.prefault({}),
  /** Came after the first version: a snapshot without it has answers stopped that nobody reads. */
  cancelPolicy: cancelPolicySchema.prefault({}),
})

export const workspaceSnapshotSchema = z.object({
  schemaVersion: z.literal(SNAPSHOT_SCHEMA_VERSION),
  workspaceId: z.string().min(1),
  settings,
  keys: z.array(key),
  credentials: z.array(credential),
  models: z.array(model),
  /** Came after the first version. */
  abTests: z.array(abTestSchema).default([]),
  routers: z.array(routerSchema).default([]),
  /** Came after the first version. */
  priceOverrides: z.array(priceOverrideSchema).default([]),
  budgets: z.array(budgetSchema).default([]),
  /** What the workspace measured of its models. Left out where nothing is measured, or `auto` is not to go by it. */
  quality: qualityKnowledgeSchema.optional(),
})

export const catalogSnapshotSchema = z.object({
  schemaVersion: z.literal(SNAPSHOT_SCHEMA_VERSION),
  models: z.array(model).min(1),
  /** Credentials of the platform, shared by all workspaces and paid for with credits. */
  platformCredentials: z.array(credential),
})

/** What the pointer key holds: which revision is served, and how many changes of the sources it knows of. */
export const snapshotPointerSchema = z.object({
  revision: z.string().min(1),
  /** Rises with every change of the sources; a publisher that read fewer changes never moves the pointer back. */
  changes: z.number().int().nonnegative(),
})

export type WorkspaceSnapshot = z.infer<typeof workspaceSnapshotSchema>
export type CatalogSnapshot = z.infer<typeof catalogSnapshotSchema>
export type SnapshotPointer = z.infer<typeof snapshotPointerSchema>
export type SnapshotModel = z.infer<typeof model>
export type SnapshotEndpoint = z.infer<typeof endpoint>
export type SnapshotCredential = z.infer<typeof credential>
export type SnapshotKey = z.infer<typeof key>
export type SnapshotSettings = z.infer<typeof settings>
