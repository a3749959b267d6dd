import { unknownUrl } from '../../errors.ts'
import { decodePathPart } from '../../parse-body.ts'
import { bearerToken, type Dialect } from '../dialect.ts'
import { readInvoke } from './bedrock-embeddings.ts'
import { bedrockFaults } from './bedrock-faults.ts'
import { converseWire } from './converse-wire.ts'
import { readConverse } from './read-converse.ts'

const PATH = /^\/model\/([^/]+)\/(converse|converse-stream|invoke)$/
const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}$/

/**
 * Amazon Bedrock's runtime: `/model/{id}/converse`, `/converse-stream` and, for embeddings, `/invoke`; with a Bedrock API
 * key as a bearer token, or signed. A signature cannot be checked without the secret: its form is, and the name of its
 * access key has to be on the list of keys.
 */
export const bedrockDialect: Dialect = {
  owns: (path) => PATH.test(path),
  admits({ headers }, keys) {
    const signedBy = SIGNATURE.exec(headers.authorization ?? '')?.[1]
    return keys.has(signedBy ?? bearerToken(headers))
  },
  read({ method, path, body }) {
    const [, encoded = '', verb] = PATH.exec(path) ?? []
    if (method !== 'POST') throw unknownUrl({ method, path })
    const model = decodePathPart(encoded)
    if (verb === 'invoke') return readInvoke(model, body)
    return { type: 'chat', request: readConverse(model, body), stream: verb === 'converse-stream', wire: converseWire }
  },
  faults: bedrockFaults,
}
