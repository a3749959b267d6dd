import { MingoError } from 'mingo/util'
import { CommandError } from '../../errors.ts'

/** Runs something of mingo's, turning its errors into the server's. */
export function translating<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof MingoError || error instanceof TypeError || error instanceof RangeError
      ? translate(error)
      : error
  }
}

function translate(error: Error): CommandError {
  const unknown = /(?:accumulator|operator) '?(\$\w+)'? is not registered/.exec(error.message)
  if (unknown) return new CommandError(168, `Unrecognized expression '${unknown[1]}'`)
  const variable = /Use of undefined variable: (\w+)/.exec(error.message)
  if (variable) return new CommandError(17276, `Use of undefined variable: ${variable[1]}`)
  return new CommandError(2, error.message)
}
