import { z } from 'zod'
import { GATEWAYS } from '../llm/gateways.ts'
import { checkParameters } from './generation-parameters.ts'
import { LONGEST_SYSTEM_PROMPT } from './system-prompt.ts'

/** A variant of an A/B test as it stands in a snapshot: a model with all that it is called with, or another router. */

const parameters = z.record(z.string(), z.unknown()).superRefine((given, context) => {
  for (const { path, message } of checkParameters(given, '')) {
    context.addIssue({ code: 'custom', path: path === '' ? [] : [path], message })
  }
})

export const modelVariantSchema = z.object({
  type: z.literal('model'),
  id: z.string().min(1),
  name: z.string(),
  gateway: z.enum(GATEWAYS),
  /** Without the gateway's prefix. */
  model: z.string().min(1).max(256),
  /** Null: the request's own instructions stay. */
  systemPrompt: z.string().max(LONGEST_SYSTEM_PROMPT).nullable(),
  parameters,
})

export const routerVariantSchema = z.object({
  type: z.literal('router'),
  id: z.string().min(1),
  name: z.string(),
  routerId: z.string().min(1),
})

export const variantSchema = z.discriminatedUnion('type', [modelVariantSchema, routerVariantSchema])

export type ModelVariant = z.infer<typeof modelVariantSchema>
export type RouterVariant = z.infer<typeof routerVariantSchema>
export type Variant = z.infer<typeof variantSchema>
