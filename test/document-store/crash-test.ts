/* Kills the store by SIGKILL under load, 200 times or as many as the first argument says, and checks what each restart finds. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crashRounds } from './crash-rounds.ts'

const rounds = Number(process.argv[2] ?? 200)
const directory = mkdtempSync(join(tmpdir(), 'document-store-crash-'))
try {
  const report = await crashRounds(directory, rounds, (round) => {
    if ((round + 1) % 20 === 0) process.stdout.write(`${round + 1} rounds\n`)
  })
  for (const fault of report.faults) process.stdout.write(`FAULT ${fault}\n`)
  process.stdout.write(
    `${report.rounds} rounds, ${report.answeredWrites} answered writes, ${report.faults.length} faults\n`,
  )
  process.exitCode = report.faults.length === 0 ? 0 : 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
