/*
 * Runs MongoDB's unified-format test files against the document store (or the server in MONGODB_URL) through the official
 * driver: `conformance.ts <folder>`. The files are not part of this repository.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EJSON } from 'bson'
import { runFile, type TestFile, type TestOutcome } from './conformance/run-file.ts'
import { startTarget } from './conformance/target.ts'
import { mongodbUrl } from './environment.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  print('usage: conformance <folder of unified-format JSON files>')
  process.exit(2)
}
process.exitCode = await run(folder)

async function run(root: string): Promise<number> {
  const files = listFiles(root)
  const target = await startTarget(mongodbUrl)
  const totals = { passed: 0, failed: 0, skipped: 0 }
  const reasons = new Map<string, number>()
  try {
    for (const file of files) {
      const outcomes = await runFile(EJSON.parse(readFileSync(file, 'utf8')) as TestFile, target)
      report(file.slice(root.length).replace(/^\//, ''), outcomes)
      for (const outcome of outcomes) tally(outcome, totals, reasons)
    }
  } finally {
    await target.close()
  }
  print(`\nreasons for skipping, on ${target.topology} ${target.version}:`)
  for (const [reason, count] of [...reasons].toSorted((left, right) => right[1] - left[1]))
    print(`  ${count} × ${reason}`)
  print(`\n${files.length} files: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
  return totals.failed > 0 || totals.passed === 0 ? 1 : 0
}

function tally(outcome: TestOutcome, totals: Record<TestOutcome['state'], number>, reasons: Map<string, number>): void {
  totals[outcome.state]++
  if (outcome.state === 'skipped') reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1)
}

function listFiles(root: string): string[] {
  const names = readdirSync(root).toSorted()
  return names.flatMap((name) => {
    const path = join(root, name)
    if (statSync(path).isDirectory()) return listFiles(path)
    return name.endsWith('.json') ? [path] : []
  })
}

function report(file: string, outcomes: TestOutcome[]): void {
  const count = (state: TestOutcome['state']): number => outcomes.filter((outcome) => outcome.state === state).length
  print(`${file}: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`)
  for (const outcome of outcomes) {
    if (outcome.state === 'failed') print(`  FAILED ${outcome.description}: ${outcome.reason}`)
    if (outcome.state === 'skipped') print(`  skipped ${outcome.description}: ${outcome.reason}`)
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
