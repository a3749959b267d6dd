import { z } from 'zod'
import { hostField, logLevelField, portField } from '../../runtime/environment-fields.ts'
import { parseEnvironment } from '../../runtime/parse-environment.ts'

const number = z.coerce
  .number({ error: 'must be a number of 0 or more' })
  .min(0, { error: 'must be a number of 0 or more' })
const list = z
  .string()
  .default('')
  .transform((value) => value.split(',').filter(Boolean))

const variables = z.object({
  HOST: hostField,
  SIMULATOR_PORT: portField(8090),
  SIMULATOR_LATENCY_MS: number.default(0),
  SIMULATOR_TOKENS_PER_SECOND: number.default(0),
  SIMULATOR_MODELS: list,
  SIMULATOR_KEYS: list,
  LOG_LEVEL: logLevelField,
})

/** Reads what the simulator process needs of the environment. */
export function readEnvironment() {
  const read = parseEnvironment(variables, process.env)
  return {
    listen: { host: read.HOST, port: read.SIMULATOR_PORT },
    latencyMs: read.SIMULATOR_LATENCY_MS,
    tokensPerSecond: read.SIMULATOR_TOKENS_PER_SECOND,
    models: read.SIMULATOR_MODELS,
    keys: read.SIMULATOR_KEYS,
    logLevel: read.LOG_LEVEL,
  }
}
