import { z } from 'zod'
import { conditionSchema } from './condition-schema.ts'

/** A router as the control plane tells the data planes of it. Whoever makes one has checked that its rules compile. */

/** What a router sends a request to: an A/B test's production variant, or a model, named with its gateway. */
export const routerTargetSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ab-test'), abTestId: z.string().min(1) }),
  z.object({ type: z.literal('model'), model: z.string().min(1).max(300) }),
])

const rule = z.object({
  id: z.string().min(1),
  name: z.string(),
  enabled: z.boolean(),
  condition: conditionSchema,
  target: routerTargetSchema,
})

const common = {
  id: z.string().min(1),
  name: z.string(),
  /** The benchmark that collects this share of the prompts; null: none does. */
  capture: z.object({ benchmarkId: z.string(), rate: z.number().min(0).max(1) }).nullable(),
}

export const routerSchema = z.discriminatedUnion('type', [
  /** Rules in the order of their priority, the first that matches wins; what none matches goes to the default. */
  z.object({
    ...common,
    type: z.literal('filter'),
    rules: z.array(rule),
    defaultTarget: routerTargetSchema.nullable(),
  }),
  /** Each is tried when those before it have failed. */
  z.object({ ...common, type: z.literal('sequential'), steps: z.array(routerTargetSchema).min(1) }),
])

export type RouterSettings = z.infer<typeof routerSchema>
export type RouterTarget = z.infer<typeof routerTargetSchema>
export type RouterRule = z.infer<typeof rule>
