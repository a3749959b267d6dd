import { readFile } from 'node:fs/promises'
import { isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { createSchema, printApiSchema } from '../../control-plane/schema.ts'

test('schema.graphql is the schema that is served; `npm run schema` writes it', async () => {
  const written = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')
  expect(written).toBe(printApiSchema())
})

test('no field of the API shows a hash, a password or a sealed secret', () => {
  const names = Object.values(createSchema([]).getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))
  const telling = names.filter((name) => /hash|password|sealed|apiKey|\.secret$/i.test(name))
  // What is made is shown once, by the mutation that makes it.
  expect(telling.toSorted()).toEqual(['CreatedAdminToken.secret', 'CreatedKey.secret', 'WebhookSecret.secret'])
})
