import { createOutputChecks } from '../shared/llm/output-check.ts'
import { credentialRefusalsQueue } from '../shared/queues/credential-refusals.queue.ts'
import { openQueue } from '../shared/queues/define-queue.ts'
import type { Redis } from '../shared/redis/connect.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import type { Logger } from '../shared/runtime/logger.ts'
import type { DispatchDeps } from './dispatch/dispatch-with-fallback.ts'
import { createGoogleTokenSource } from './dispatch/google-access-token.ts'
import { createCredentialOpener } from './dispatch/open-credential.ts'
import { createRefusalReporter } from './dispatch/report-refused-credential.ts'
import { createAwsSigner } from './dispatch/sign-aws-request.ts'
import { createRequestSigner } from './dispatch/sign-request.ts'
import { createTransport } from './dispatch/transport.ts'
import type { DataPlaneEnvironment } from './environment.ts'
import type { HealthBook } from './health/health-book.ts'

interface DispatchingDeps {
  readonly environment: DataPlaneEnvironment
  readonly queueRedis: Redis
  readonly health: HealthBook
  readonly clock: Clock
  readonly logger: Logger
}

/** Builds what asks upstreams, and tells of the credentials they refuse. */
export function composeDispatching({ environment, queueRedis, health, clock, logger }: DispatchingDeps) {
  const { timeouts, retries } = environment
  const transport = createTransport({ policy: environment.upstreamPolicy, timeouts })
  const refusalsQueue = openQueue(credentialRefusalsQueue, queueRedis)
  const refusals = createRefusalReporter({ queue: refusalsQueue, clock, logger })
  const deps: DispatchDeps = {
    transport,
    timeouts,
    clock,
    openCredential: createCredentialOpener(environment.masterKey),
    signRequest: createRequestSigner({
      signAws: createAwsSigner({ clock }),
      addGoogleToken: createGoogleTokenSource({ clock, transport }),
    }),
    health,
    retries,
    outputChecks: createOutputChecks(),
    random: Math.random,
    reportRefusedCredential: refusals.report,
  }
  return {
    deps,
    async close() {
      await refusals.close()
      await refusalsQueue.close()
      await transport.close()
    },
  }
}
