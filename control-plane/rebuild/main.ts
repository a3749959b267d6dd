import { parseArgs } from 'node:util'
import { composeControlPlane } from '../compose.ts'
import { readEnvironment } from '../environment.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createId } from '../../shared/runtime/id.ts'
import { createLogger } from '../../shared/runtime/logger.ts'
import { runProcess } from '../../shared/runtime/parse-environment.ts'
import { rebuildRedis } from './rebuild-redis.ts'
import { verifyBalances } from './verify-balances.ts'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

// Makes everything in Redis again from MongoDB alone, or (`--verify`) only says whether the balances are right.
await runProcess(async () => {
  const { values } = parseArgs({ options: { verify: { type: 'boolean', default: false } } })
  const environment = readEnvironment()
  const logger = createLogger('rebuild', environment.logLevel)
  const controlPlane = await composeControlPlane({ environment, clock: systemClock, createId, logger, name: 'rebuild' })
  try {
    if (values.verify) {
      const wrong = await verifyBalances(controlPlane, print)
      print(wrong === 0 ? 'all balances are right' : `${wrong} are not right`)
      process.exitCode = Number(wrong > 0)
      return
    }
    const { workspaces, snapshots, balances, budgets, failures } = await rebuildRedis(controlPlane, print)
    print(`rebuilt: ${snapshots} snapshots, ${balances} balances, ${budgets} budgets of ${workspaces} workspaces`)
    if (failures > 0) print(`${failures} could not be rebuilt: run it again`)
    process.exitCode = Number(failures > 0)
  } finally {
    await controlPlane.close()
  }
})
