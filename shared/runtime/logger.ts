import { pino, type Logger } from 'pino'

export type { Logger }

/** The severities LOG_LEVEL may name. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * One JSON line an event, on standard error. `error` means that a person must act now; what heals itself is `warn`.
 *
 * @param process the name of the process, on every line
 * @param level the lowest severity written
 */
export function createLogger(process: string, level: LogLevel): Logger {
  return pino(
    {
      level,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        // A last net: nothing of ours logs headers or secrets on purpose.
        paths: ['authorization', '*.authorization', '*.headers.authorization', '*.secret', '*.password', '*.apiKey'],
        censor: '[redacted]',
      },
    },
    // Not waited for: a log that is slow to write must not hold up a call. Written out when the process ends.
    pino.destination({ dest: 2, sync: false }),
  )
}
