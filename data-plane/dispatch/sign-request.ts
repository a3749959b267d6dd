import type { ProviderRequest } from '../providers/provider.ts'
import type { OpenCredential } from './open-credential.ts'

/** Adds the proof that a gateway asks for, where it takes a clock or another request. */
export type SignRequest = (request: ProviderRequest, credential: OpenCredential) => Promise<ProviderRequest>

interface SignRequestDeps {
  /** AWS Signature Version 4. */
  readonly signAws: SignRequest
  /** An access token of a service account's. */
  readonly addGoogleToken: SignRequest
}

/** Makes the function that signs what an adapter built, by the kind of proof it names. */
export function createRequestSigner({ signAws, addGoogleToken }: SignRequestDeps): SignRequest {
  return async (request, credential) => {
    switch (request.signing?.type) {
      case 'aws-sigv4':
        return signAws(request, credential)
      case 'google-access-token':
        return addGoogleToken(request, credential)
      case undefined:
        return request
      default:
        return request.signing satisfies never
    }
  }
}
