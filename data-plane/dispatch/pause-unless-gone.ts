import type { RequestContext } from '../request-context.ts'

/** Waits, but not for a caller who leaves meanwhile: the next attempt finds out and ends at once. */
export function pauseUnlessGone({ response }: RequestContext, pauseMs: number): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      response.off('close', end)
      resolve()
    }
    const timer = setTimeout(end, pauseMs)
    response.once('close', end)
  })
}
