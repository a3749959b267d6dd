import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Clock } from '../../shared/runtime/clock.ts'
import { AttemptFailed } from './attempt-failed.ts'
import type { SignRequest } from './sign-request.ts'

/**
 * Makes the function that signs a request to AWS (Signature Version 4,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). Every header the adapter set is signed, and the
 * body, so a request changed on its way is refused. The secret key itself is never sent.
 *
 * @returns a function that throws AttemptFailed when the credential holds no AWS keys
 */
export function createAwsSigner({ clock }: { readonly clock: Clock }): SignRequest {
  return async (request, { secrets }) => {
    const { accessKeyId, secretAccessKey, sessionToken } = secrets
    const { signing } = request
    if (signing?.type !== 'aws-sigv4' || !accessKeyId || !secretAccessKey) {
      throw new AttemptFailed({ reason: 'credential', message: 'the credential holds no AWS keys' })
    }
    const signer = new SignatureV4({
      service: signing.service,
      region: signing.region,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
      sha256: Sha256,
    })
    const { protocol, hostname, port, host } = new URL(request.url)
    const signed = await signer.sign(
      {
        method: 'POST',
        protocol,
        hostname,
        ...(port ? { port: Number(port) } : {}),
        path: pathAsSent(request.url),
        headers: { ...request.headers, host },
        body: request.body,
      },
      { signingDate: new Date(clock.now()) },
    )
    // The transport writes the host itself, from the address it connects to.
    const { host: _host, ...headers } = signed.headers
    return { ...request, headers }
  }
}

/** The letters that go over the wire: an address that was parsed and written again may spell them otherwise. */
function pathAsSent(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('://') + 3))
}

/** The hash that the signer asks for, on Node's own. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBinary(secret))
  }

  update(data: SourceData): void {
    this.#hash.update(toBinary(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  /** Asked for by the interface; a signer makes a new hash each time. */
  reset(): void {
    throw new Error('a hash is used once')
  }
}

type SourceData = string | ArrayBuffer | ArrayBufferView

function toBinary(data: SourceData): string | NodeJS.ArrayBufferView {
  if (typeof data === 'string') return data
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}
