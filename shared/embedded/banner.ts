import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Urls } from './child-environment.ts'

const demoFile = z.object({ adminToken: z.string(), apiKey: z.string() })

/** What a new user needs of the demo workspace. */
export type Demo = z.infer<typeof demoFile>

interface BannerFacts {
  readonly urls: Urls
  /** Undefined when the database was somebody else's first, and has no demo workspace. */
  readonly demo: Demo | undefined
  readonly dataDirectory: string
  readonly seconds: number
  /** Whether a terminal shows it, which knows bold and colours. */
  readonly styled: boolean
}

/** Reads what the control plane wrote about the demo workspace. */
export function readDemo(file: string): Demo | undefined {
  if (!existsSync(file)) return undefined
  const result = demoFile.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  return result.success ? result.data : undefined
}

/** Says that all is ready, where, with which key, what to type first, and how to stop. */
export function renderBanner({ urls, demo, dataDirectory, seconds, styled }: BannerFacts): string {
  const style = (code: number, text: string): string => (styled ? `\u001B[${code}m${text}\u001B[0m` : text)
  const row = (name: string, value: string): string => `  ${style(2, name.padEnd(12))} ${value}`
  const rows = [
    row('GraphQL', `${urls.controlPlane}/graphql`),
    row('Data plane', `${urls.dataPlane}/v1`),
    row('Simulator', `${urls.simulator}/v1`),
    ...(demo ? [row('Admin token', demo.adminToken), row('API key', demo.apiKey)] : []),
  ]
  const first = demo ? ['', `  ${style(1, 'Try it:')}`, '', curlLine(urls, demo)] : []
  return [
    '',
    `  ${style(1, 'Signalbox is ready')} ${style(2, `(${seconds.toFixed(1)} s)`)}`,
    '',
    ...rows,
    ...first,
    '',
    `  Data is kept in ${dataDirectory}. Ctrl-C stops everything.`,
    '',
    '',
  ].join('\n')
}

/** One line, not indented: it is there to be copied. */
function curlLine(urls: Urls, demo: Demo): string {
  const body = { model: 'sim-fast', messages: [{ role: 'user', content: 'What is the capital of France?' }] }
  const headers = `-H 'authorization: Bearer ${demo.apiKey}' -H 'content-type: application/json'`
  return `curl ${urls.dataPlane}/v1/chat/completions ${headers} -d '${JSON.stringify(body)}'`
}
