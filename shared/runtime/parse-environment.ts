import type { z } from 'zod'

/** Thrown with every mistake in the environment, one line each, each naming its variable. */
export class EnvironmentError extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(
      `The environment has ${mistakes.length === 1 ? 'a mistake' : 'mistakes'}:\n${mistakes.map((m) => `  ${m}`).join('\n')}`,
    )
    this.name = 'EnvironmentError'
    this.mistakes = mistakes
  }
}

/**
 * Parses variables once, all of them, so that a user sees every mistake at the first start.
 * An empty value counts as unset, as in a `.env` file with `NAME=`.
 *
 * @param schema a zod object whose keys are variable names
 * @param source usually `process.env`
 * @throws EnvironmentError listing each variable that is missing or wrong; values are not repeated, they may be secret
 */
export function parseEnvironment<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  source: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const result = schema.safeParse(given)
  if (result.success) return result.data
  throw new EnvironmentError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
}

/**
 * Runs a process's entry: a mistake in the environment, or a start that fails, ends it with one clear line and exit
 * code 1.
 */
export async function runProcess(start: () => Promise<void>): Promise<void> {
  try {
    await start()
  } catch (error) {
    const told = error instanceof EnvironmentError || error instanceof StartError
    process.stderr.write(`${told ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  }
}

/** A start that cannot go on for a reason the user can mend: a taken port, a server that is not there. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StartError'
  }
}
