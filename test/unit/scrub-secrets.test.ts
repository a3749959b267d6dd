import { expect, test } from 'vitest'
import { credentialFingerprint } from '../../shared/secrets/credential-fingerprint.ts'
import { scrubSecrets } from '../../shared/secrets/scrub-secrets.ts'

const apiKey = 'sk-proj-Abcdefghij0123456789'

test.each([
  [
    `Incorrect API key provided: ${apiKey}. You can find it elsewhere.`,
    'Incorrect API key provided: [secret] You can find it elsewhere.',
  ],
  ['Incorrect API key provided: sk-proj-************6789.', 'Incorrect API key provided: [secret]'],
  ['bad key "Abcdefghij"', 'bad key [secret]'],
  [`authorization=Bearer\t${apiKey}`, 'authorization=Bearer\t[secret]'],
  ['the token ya29.a0AfH6SMBx is expired', 'the token [secret] is expired'],
  [
    'Your account is not active, please check your billing details.',
    'Your account is not active, please check your billing details.',
  ],
  ['The risk-assessment of this task-force is disk-bound', 'The risk-assessment of this task-force is disk-bound'],
  ['', ''],
])('of %j the caller of a log reads %j', (sentence, scrubbed) => {
  expect(scrubSecrets(sentence, { apiKey })).toBe(scrubbed)
})

test('what is no secret of a credential may be named', () => {
  const secrets = {
    client_email: 'caller@my-project.iam.gserviceaccount.com',
    project_id: 'my-project',
    private_key: 'x'.repeat(64),
  }
  const sentence = 'caller@my-project.iam.gserviceaccount.com may not use the project my-project'
  expect(scrubSecrets(sentence, secrets)).toBe(sentence)
})

test('a short secret is found whole', () => {
  expect(scrubSecrets('key abc123 is wrong', { apiKey: 'abc123' })).toBe('key [secret] is wrong')
})

test('a credential’s fingerprint follows its secret, address and settings, whatever their order, and tells none of them', () => {
  const state = { sealedSecret: 'v1.a.b', baseUrl: null, settings: { a: '1', b: '2' } }
  const same = { settings: { b: '2', a: '1' }, baseUrl: null, sealedSecret: 'v1.a.b' }
  expect(credentialFingerprint(same)).toBe(credentialFingerprint(state))
  const others = [
    { ...state, sealedSecret: 'v1.a.c' },
    { ...state, sealedSecret: null },
    { ...state, baseUrl: 'https://example.com' },
    { ...state, settings: { a: '1' } },
  ].map(credentialFingerprint)
  expect(new Set([credentialFingerprint(state), ...others]).size).toBe(5)
  expect(credentialFingerprint(state)).toMatch(/^[0-9a-f]{16}$/)
})
