import type { AbTestSettings } from '../../shared/ab-tests/ab-test-settings.ts'
import type { ModelVariant, RouterVariant } from '../../shared/ab-tests/variant-settings.ts'
import type { Condition } from '../../shared/routers/condition-schema.ts'
import type { RouterSettings, RouterTarget } from '../../shared/routers/router-settings.ts'

/** An A/B test whose production variant is `sim-fast` by itself. */
export function abTest(changes: Partial<AbTestSettings> = {}): AbTestSettings {
  return {
    id: 'test-1',
    name: 'Greetings',
    salt: 'salt',
    weightsVersion: 0,
    allocation: { type: 'production' },
    unitMetadataKey: null,
    productionVariantId: 'fast',
    variants: [variant('fast', { model: 'sim-fast' })],
    captureRate: 0,
    evaluationRate: 0,
    ...changes,
  }
}

export function variant(id: string, changes: Partial<ModelVariant> = {}): ModelVariant {
  return {
    type: 'model',
    id,
    name: id,
    gateway: 'simulator',
    model: 'sim-fast',
    systemPrompt: null,
    parameters: {},
    ...changes,
  }
}

export function routerVariant(id: string, routerId: string): RouterVariant {
  return { type: 'router', id, name: id, routerId }
}

export function filterRouter(changes: Partial<Extract<RouterSettings, { type: 'filter' }>> = {}): RouterSettings {
  return { type: 'filter', id: 'router-1', name: 'By tier', rules: [], defaultTarget: null, capture: null, ...changes }
}

export function sequentialRouter(steps: RouterTarget[], id = 'router-2'): RouterSettings {
  return { type: 'sequential', id, name: 'In turn', steps, capture: null }
}

export function rule(id: string, condition: Condition, target: RouterTarget) {
  return { id, name: id, enabled: true, condition, target }
}

export const toTest = (abTestId = 'test-1'): RouterTarget => ({ type: 'ab-test', abTestId })
