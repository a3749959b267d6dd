import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createApiKey, isWellFormedApiKey } from '../../shared/secrets/api-key.ts'
import { hashKey } from '../../shared/secrets/hash-key.ts'
import { seal, unseal } from '../../shared/secrets/seal.ts'

const masterKey = randomBytes(32)

test('a sealed secret opens under its master key and for its owner only', () => {
  const sealed = seal('sk-secret', 'credential-1', masterKey)
  expect(unseal(sealed, 'credential-1', masterKey)).toBe('sk-secret')
  expect(sealed).not.toContain('sk-secret')
  expect(() => unseal(sealed, 'credential-2', masterKey)).toThrow('unable to authenticate')
  expect(() => unseal(sealed, 'credential-1', randomBytes(32))).toThrow('sealed under master key')
})

test('a sealed secret that was altered does not open', () => {
  const sealed = seal('sk-secret', 'credential-1', masterKey)
  const [version, name, body = ''] = sealed.split('.')
  const altered = `${body.startsWith('A') ? 'B' : 'A'}${body.slice(1)}`
  expect(() => unseal(`${version}.${name}.${altered}`, 'credential-1', masterKey)).toThrow('unable to authenticate')
  expect(() => unseal('v9.x.y', 'credential-1', masterKey)).toThrow('known version')
})

test('the same secret never looks the same twice', () => {
  expect(seal('sk-secret', 'credential-1', masterKey)).not.toBe(seal('sk-secret', 'credential-1', masterKey))
})

test('a key has its prefix, 40 random characters and a checksum that finds every changed character', () => {
  const key = createApiKey('nr-')
  expect(key).toMatch(/^nr-[0-9A-Za-z]{46}$/)
  expect(isWellFormedApiKey(key, 'nr-')).toBe(true)
  for (let at = 3; at < key.length; at += 1) {
    const changed = key.slice(0, at) + (key[at] === 'x' ? 'y' : 'x') + key.slice(at + 1)
    expect(isWellFormedApiKey(changed, 'nr-')).toBe(false)
  }
  expect(isWellFormedApiKey(key, 'sk-')).toBe(false)
  expect(isWellFormedApiKey(`${key}x`, 'nr-')).toBe(false)
})

test('a key is known by its SHA-256', () => {
  expect(hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
