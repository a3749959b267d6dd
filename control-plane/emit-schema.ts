import { writeFile } from 'node:fs/promises'
import { printApiSchema } from './schema.ts'

// Writes `schema.graphql` into the directory it is started in, so that a change of the API is seen in review.
await writeFile('schema.graphql', printApiSchema())
