import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

const demoFileSchema = z.looseObject({
  graphqlUrl: z.string(),
  adminToken: z.string(),
  dataPlaneUrl: z.string(),
  apiKey: z.string(),
  workspaceId: z.string(),
  /** Of the A/B test and the router; files of earlier versions are without, and so are those without a simulator. */
  applicationId: z.string().optional(),
  routerId: z.string().optional(),
})

/** What a user needs for the first call, and what the start prints. */
export type DemoFile = z.infer<typeof demoFileSchema>

/** Null: there is none, or it cannot be read as one. */
export async function readDemoFile(path: string): Promise<DemoFile | null> {
  try {
    return demoFileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

/** Whole or not at all, and for its owner's eyes only. */
export async function writeDemoFile(path: string, content: DemoFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, path)
}
