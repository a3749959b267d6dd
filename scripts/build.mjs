// Builds dist, for a container image or by hand. `npm start` and `npm test` do so by themselves when it is needed.
import { build } from './prepare/build.mjs'
import { root } from './prepare/environment.mjs'
import { StepFailed } from './prepare/run-quietly.mjs'

try {
  await build(root)
} catch (error) {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  process.exitCode = 1
}
