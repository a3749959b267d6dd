import type { Logger } from './logger.ts'

interface ShutdownOptions {
  readonly logger: Logger
  /** Closes everything, in the order that loses nothing. */
  readonly close: () => Promise<void>
  /** After this long the process ends all the same. */
  readonly limitMs: number
}

/**
 * Ends the process in order on SIGTERM or SIGINT, and when the parent that started it over an IPC channel has died,
 * so that a killed supervisor leaves nothing running.
 */
export function closeOnSignal({ logger, close, limitMs }: ShutdownOptions): void {
  let closing = false
  const end = (reason: string): void => {
    if (closing) return
    closing = true
    logger.debug({ reason }, 'shutting down')
    setTimeout(() => process.exit(1), limitMs).unref()
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'shutdown failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => end('SIGTERM'))
  process.on('SIGINT', () => end('SIGINT'))
  if (process.send) process.on('disconnect', () => end('parent gone'))
}

/** Tells the process that started this one that it now serves. Without such a parent it does nothing. */
export function reportReady(): void {
  process.send?.({ type: 'ready' })
}
