import { createHash } from 'node:crypto'
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { expect, test } from 'vitest'
import { AttemptFailed } from '../../data-plane/dispatch/attempt-failed.ts'
import { createAwsSigner } from '../../data-plane/dispatch/sign-aws-request.ts'
import type { ProviderRequest } from '../../data-plane/providers/provider.ts'

const SECRETS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const BODY = '{"messages":[{"role":"user","content":[{"text":"Où est la gare ? 🚉"}]}]}'

function request(url: string, changes: Partial<ProviderRequest> & { region?: string } = {}): ProviderRequest {
  const { region = 'us-east-1', ...rest } = changes
  return {
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: BODY,
    signing: { type: 'aws-sigv4', service: 'bedrock', region },
    ...rest,
  }
}

async function sign(given: ProviderRequest, secrets: Record<string, string>, now: number): Promise<ProviderRequest> {
  const signer = createAwsSigner({ clock: { now: () => now, monotonicMs: () => 0 } })
  return signer(given, { baseUrl: 'https://unused.example', secrets, settings: {} })
}

/** Computed by botocore 1.43.11, AWS's own library in another language, at 2026-11-22T01:02:03Z. */
const VECTORS = [
  {
    name: 'an inference profile',
    given: request(
      'https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
    ),
    sessionToken: null,
    signedHeaders: 'accept;content-type;host;x-amz-content-sha256;x-amz-date',
    signature: '731ced33c817f2822059839c46587abbf9c37eb17111aa1735dac2583f3202f0',
  },
  {
    name: 'an ARN with slashes and colons, and a session token',
    given: request(
      'https://bedrock-runtime.eu-central-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fabc123/converse-stream',
      { region: 'eu-central-1' },
    ),
    sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE//token==',
    signedHeaders: 'accept;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token',
    signature: '8d0161e865dcce308739a32d40174a1138febe8c83ba1f065d0bb2d48df3d27e',
  },
  {
    name: 'an endpoint of a private network, with a port and a path before the API’s own',
    given: request(
      'https://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com:8443/prefix/model/amazon.titan-embed-text-v2%3A0/invoke',
      { region: 'us-west-2', body: Buffer.from('{"inputText":"hi"}') },
    ),
    sessionToken: null,
    signedHeaders: 'accept;content-type;host;x-amz-content-sha256;x-amz-date',
    signature: '1656d6e3bd83c4fdec0549bd1274469c3f5bb2755f00a3a56afb4ee7c7967f2e',
  },
]

test.each(VECTORS)('the signature is the one that AWS computes: $name', async (vector) => {
  const { given, sessionToken, signedHeaders, signature } = vector
  const secrets = sessionToken === null ? SECRETS : { ...SECRETS, sessionToken }
  const { url, body, headers } = await sign(given, secrets, Date.parse('2026-11-22T01:02:03Z'))
  const region = given.signing?.type === 'aws-sigv4' ? given.signing.region : ''
  expect({ url, body }).toEqual({ url: given.url, body: given.body })
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    'x-amz-date': '20261122T010203Z',
    'x-amz-content-sha256': createHash('sha256').update(given.body).digest('hex'),
    ...(sessionToken === null ? {} : { 'x-amz-security-token': sessionToken }),
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/${region}/bedrock/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  })
})

const CONVERSATION = { messages: [{ role: 'user' as const, content: [{ text: 'Où est la gare ? 🚉' }] }] }

test.each([
  new ConverseCommand({ modelId: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', ...CONVERSATION }),
  new ConverseStreamCommand({
    modelId: "arn:aws:bedrock:us-east-1:1:inference-profile/a.b-c(1)'*!~_",
    ...CONVERSATION,
  }),
])('a request of AWS’s SDK, signed by us at the same moment, has the same signature', async (command) => {
  const sent = await capture(command)
  const { authorization, host, 'x-amz-date': date = '', ...headers } = sent.headers
  const signed = await sign(
    request(`https://${host}${sent.path}`, { headers: unsigned(headers), body: sent.body }),
    { ...SECRETS, sessionToken: 'session' },
    Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')),
  )
  expect(signed.headers).toEqual({ ...headers, 'x-amz-date': date, authorization })
})

interface SentRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What the SDK would put on the wire. */
async function capture(command: ConverseCommand | ConverseStreamCommand): Promise<SentRequest> {
  let captured: SentRequest | null = null
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    credentials: { ...SECRETS, sessionToken: 'session' },
    maxAttempts: 1,
    requestHandler: {
      handle: ({ path, headers, body }: SentRequest) => {
        captured = { path, headers, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }
        return Promise.reject(new Error('captured'))
      },
    },
  })
  await expect(client.send(command as ConverseCommand)).rejects.toThrow('captured')
  if (captured === null) throw new Error('the SDK sent nothing')
  return captured
}

function unsigned(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { 'x-amz-content-sha256': _hash, 'x-amz-security-token': _token, ...rest } = headers
  return rest
}

test('another body, another header or another second is another signature', async () => {
  const now = Date.parse('2026-11-22T01:02:03Z')
  const url = 'https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse'
  const signatures = await Promise.all([
    sign(request(url), SECRETS, now),
    sign(request(url, { body: BODY.replace('gare', 'cave') }), SECRETS, now),
    sign(request(url, { headers: { 'content-type': 'application/json', accept: '*/*' } }), SECRETS, now),
    sign(request(`${url}-stream`), SECRETS, now),
    sign(request(url), SECRETS, now + 1_000),
  ])
  expect(new Set(signatures.map(({ headers }) => headers['authorization'])).size).toBe(signatures.length)
})

test('signing leaves the address alone and the host to the transport, and the secret key is nowhere in the request', async () => {
  const url = 'https://h.example/a%3Ab//c/../model/x y/converse'
  const signed = await sign(request(url), SECRETS, 0)
  expect(signed.url).toBe(url)
  expect(JSON.stringify(signed)).not.toContain(SECRETS.secretAccessKey)
  expect(Object.keys(signed.headers)).not.toContain('host')
})

test.each([{}, { accessKeyId: 'AKIDEXAMPLE' }, { secretAccessKey: 's' }, { apiKey: 'k' }])(
  'a credential without both AWS keys fails as a credential: %j',
  async (secrets) => {
    const signing = sign(request('https://h.example/m'), secrets as Record<string, string>, 0)
    await expect(signing).rejects.toBeInstanceOf(AttemptFailed)
    await expect(signing).rejects.toMatchObject({ reason: 'credential', message: 'the credential holds no AWS keys' })
  },
)
