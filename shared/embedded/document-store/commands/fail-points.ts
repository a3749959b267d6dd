import { codeName, CommandError } from '../errors.ts'
import { type Fields, isFields, isNumeric, toNumber, toPlain, type Value } from '../values/bson-values.ts'

/** Failures a test can order, as on a server started with test commands. */
export interface FailPoints {
  enabled: boolean
  configure: (body: Fields) => void
  /** What an armed fail point does to a command. */
  meet: (command: string) => Failure | undefined
}

export interface Failure {
  closeConnection: boolean
  error?: CommandError
  writeConcernError?: Fields
}

interface Armed {
  times: number
  commands: Set<string>
  failure: Failure
}

/** Makes the fail points; unless enabled they refuse to be configured, as on any server started plainly. */
export function createFailPoints(enabled: boolean): FailPoints {
  let armed: Armed | undefined
  return {
    enabled,
    configure: (body) => {
      if (!enabled) throw new CommandError(59, "no such command: 'configureFailPoint'")
      if (body['configureFailPoint'] !== 'failCommand')
        throw new CommandError(2, `unknown fail point ${String(body['configureFailPoint'])}`)
      armed = body['mode'] === 'off' ? undefined : arm(body['mode'], toPlain(body['data'] ?? {}) as Fields)
    },
    meet: (command) => {
      if (!armed?.commands.has(command) || armed.times === 0) return undefined
      armed.times--
      return armed.failure
    },
  }
}

function arm(mode: Value, data: Fields): Armed {
  const times = isFields(mode) && isNumeric(mode['times']) ? toNumber(mode['times']) : Number.POSITIVE_INFINITY
  const { failCommands, errorCode, errorLabels, closeConnection, writeConcernError } = data
  return {
    times,
    commands: new Set(Array.isArray(failCommands) ? failCommands.map(String) : []),
    failure: {
      closeConnection: closeConnection === true,
      ...(errorCode !== undefined && { error: orderedError(toNumber(errorCode), errorLabels) }),
      ...(isFields(writeConcernError) && {
        writeConcernError: { codeName: codeName(toNumber(writeConcernError['code'])), ...writeConcernError },
      }),
    },
  }
}

function orderedError(code: number, labels: Value): CommandError {
  return new CommandError(
    code,
    `Failing command via 'failCommand' failpoint`,
    Array.isArray(labels) ? { errorLabels: labels } : {},
  )
}
