import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, readAccount, readCalls } from '../helpers/ask.ts'
import { portVariables, startSignalbox, START, type RunningSignalbox } from '../helpers/running-signalbox.ts'
import { temporaryDirectory } from '../helpers/services.ts'
import { waitUntil } from '../helpers/wait-until.ts'

// Seconds, not milliseconds: a whole Signalbox is started and stopped.
const LIMIT_MS = 60_000

let dataDir: string
let signalbox: RunningSignalbox
beforeAll(async () => {
  dataDir = await temporaryDirectory()
  signalbox = await startSignalbox(dataDir)
}, LIMIT_MS)
afterAll(async () => {
  await signalbox.stop()
  await rm(dataDir, { recursive: true, force: true })
}, LIMIT_MS)

const chat = (apiKey: string): Promise<Response> =>
  fetch(`${signalbox.demo.dataPlaneUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: 'sim-fast', messages: [{ role: 'user', content: 'Hi' }] }),
  })

test('the printed curl line gets an answer as it stands', async () => {
  const line = /^curl .*$/m.exec(signalbox.output())?.[0] ?? ''
  expect(line).toContain(signalbox.demo.apiKey)
  const { stdout } = await run('sh', ['-c', `${line.replace('curl', 'curl -s')}`])
  expect(stdout).toContain('Paris')
})

test('the official client chats, streams, embeds and lists models', async () => {
  const client = new OpenAI({ apiKey: signalbox.demo.apiKey, baseURL: `${signalbox.demo.dataPlaneUrl}/v1` })
  const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }]
  const whole = await client.chat.completions.create({ model: 'sim-smart', messages })
  expect(whole.choices[0]?.message.content).toContain('Paris')
  let text = ''
  for await (const chunk of await client.chat.completions.create({ model: 'sim-fast', messages, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? ''
  }
  expect(text).toContain('Paris')
  const { data } = await client.embeddings.create({ model: 'sim-embedding', input: 'fox' })
  expect(data[0]?.embedding.length).toBeGreaterThan(0)
  const models = await client.models.list()
  expect(models.data.map(({ id }) => id)).toEqual(expect.arrayContaining(['sim-fast', 'sim-smart', 'sim-embedding']))
})

test('each call is in the record with its cost, and the balance fell by exactly their charges', async () => {
  await chat(signalbox.demo.apiKey)
  const account = await waitUntil(async () => {
    const now = await readAccount(signalbox.demo)
    const charged = (await readCalls(signalbox.demo)).reduce((sum, call) => sum + call.chargeNanodollars, 0)
    return charged > 0 && now.ledgerNanodollars === 20_000_000_000 - charged && now.reservedNanodollars === 0 && now
  })
  expect(account.balanceNanodollars).toBe(account.ledgerNanodollars)
  for (const call of await readCalls(signalbox.demo)) expect(call.costNanodollars).toBeGreaterThan(0)
})

test('a key made through GraphQL is served, and refused once it is revoked', async () => {
  const { createKey } = await ask<{ createKey: { secret: string; key: { id: string } } }>(
    signalbox.demo,
    'mutation($workspaceId: ID!) { createKey(workspaceId: $workspaceId, input: { name: "new" }) { secret key { id } } }',
  )
  await waitUntil(async () => (await chat(createKey.secret)).status === 200)
  await ask(
    signalbox.demo,
    'mutation($workspaceId: ID!, $id: ID!) { revokeKey(workspaceId: $workspaceId, id: $id) { id } }',
    { id: createKey.key.id },
  )
  await waitUntil(async () => (await chat(createKey.secret)).status === 401)
})

test('a model on a server of one’s own is called through GraphQL’s word alone', async () => {
  const baseUrl = /Simulator\s+(http:\S+)/.exec(signalbox.output())?.[1]
  await ask(
    signalbox.demo,
    `mutation($workspaceId: ID!, $baseUrl: String!) {
      createModel(workspaceId: $workspaceId, input: { id: "mine", upstreamModel: "sim-smart", baseUrl: $baseUrl }) { id }
    }`,
    { baseUrl },
  )
  const client = new OpenAI({
    apiKey: signalbox.demo.apiKey,
    baseURL: `${signalbox.demo.dataPlaneUrl}/v1`,
    maxRetries: 0,
  })
  const answer = await waitUntil(() =>
    client.chat.completions.create({ model: 'mine', messages: [{ role: 'user', content: 'Hi' }] }).catch(() => null),
  )
  expect(answer.model).toBe('mine')
})

test('what holds secrets is readable by its owner alone', async () => {
  for (const name of ['demo.json', 'master.key']) {
    expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600)
  }
})

test(
  'stopping ends every process, and starting again has the same key, calls and books',
  async () => {
    const calls = await readCalls(signalbox.demo)
    const pids = [
      'data-plane/main.js',
      'workers/main.js',
      'control-plane/main.js',
      'document-store/main.js',
      'redis-server',
    ].map((part) => signalbox.pidOf(part))
    expect(await signalbox.stop()).toBe(0)
    for (const pid of pids) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
    const { apiKey } = signalbox.demo
    signalbox = await startSignalbox(dataDir)
    const answer = await chat(apiKey)
    expect(answer.status).toBe(200)
    const newest = answer.headers.get('x-nr-generation-id')
    // A call is in the record a moment before it is in the ledger.
    const later = await waitUntil(async () => {
      const now = await readCalls(signalbox.demo)
      const charged = now.reduce((sum, call) => sum + call.chargeNanodollars, 0)
      const { ledgerNanodollars } = await readAccount(signalbox.demo)
      return now[0]?.id === newest && ledgerNanodollars === 20_000_000_000 - charged && now
    })
    // More than were there when it was stopped: what was still on its way has arrived as well.
    expect(later).toEqual(expect.arrayContaining(calls))
  },
  LIMIT_MS,
)

test.each([
  ['a variable that makes no sense', { DATA_PLANE_PORT: 'eighty', MARKUP: 'lots' }, /DATA_PLANE_PORT.*\n.*MARKUP/],
  ['a MongoDB that is not there', { MONGODB_URL: 'mongodb://127.0.0.1:1/signalbox' }, /MONGODB_URL/],
  ['a Redis that is not there', { REDIS_URL: 'redis://127.0.0.1:1' }, /REDIS_URL/],
])(
  '%s ends the start with one clear error, exit code 1 and nothing left running',
  async (_name, variables, error) => {
    const directory = await temporaryDirectory()
    const start = { DATA_DIR: directory, ...(await portVariables()), ...variables }
    const failed = await run(process.execPath, [START], start)
    expect(failed.code).toBe(1)
    expect(failed.stderr).toMatch(error)
    expect(failed.stderr).not.toMatch(/ {4}at /)
    expect((await run('pgrep', ['-f', directory])).stdout).toBe('')
    await rm(directory, { recursive: true, force: true })
  },
  LIMIT_MS,
)

test('a taken port is named, with its variable, before anything is started', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const port = String((taken.address() as { port: number }).port)
  const directory = await temporaryDirectory()
  const start = { DATA_DIR: directory, ...(await portVariables()), CONTROL_PLANE_PORT: port }
  const failed = await run(process.execPath, [START], start)
  taken.close()
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain(`CONTROL_PLANE_PORT: port ${port}`)
  await rm(directory, { recursive: true, force: true })
})

function run(
  command: string,
  parameters: string[],
  variables: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables }
  return new Promise((resolve) => {
    execFile(command, parameters, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr })
    })
  })
}
