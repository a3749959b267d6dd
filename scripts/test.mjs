// `npm test`: every check and every test, in the order of what fails soonest. `--check` runs the quick part.
// Its last line is always `N passed, N failed`: the tests, and a check that failed counts as one.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, toolEnvironment } from './prepare/environment.mjs'
import { countTests, lastLine } from './prepare/test-counts.mjs'

const QUICK_TESTS = ['test/unit', 'test/contract', 'test/architecture']
const CHECKED_IMPORTS = ['control-plane', 'data-plane', 'shared', 'test']
// What did not change is not checked again. Each checker works out the types of packages for itself: four of them, which
// is usual, take twice the processor time of one.
const TYPE_CHECK = ['--incremental', '--tsBuildInfoFile', 'dist/.types-checked', '--checkers', '2']
const quick = process.argv.includes('--check')
const folder = mkdtempSync(join(tmpdir(), 'signalbox-test-'))
const report = join(folder, 'report.json')

const present = (paths) => paths.filter((path) => existsSync(join(root, path)))

const checks = [
  { title: 'format', tool: 'oxfmt', args: ['--check', '.'] },
  { title: 'lint', tool: 'oxlint', args: ['.'] },
  { title: 'types', tool: 'tsc', args: ['-p', 'tsconfig.json', ...TYPE_CHECK] },
  { title: 'imports', tool: 'depcruise', args: ['--config', '.dependency-cruiser.cjs', ...present(CHECKED_IMPORTS)] },
]
const tests = {
  title: 'tests',
  tool: 'vitest',
  args: [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(quick ? present(QUICK_TESTS) : []),
  ],
}

function run({ title, tool, args }) {
  const started = Date.now()
  process.stdout.write(`\n── ${title}\n`)
  const { status } = spawnSync(join(root, 'node_modules/.bin', tool), args, {
    cwd: root,
    env: toolEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  process.stdout.write(
    `── ${title}: ${status === 0 ? 'ok' : 'failed'}, ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
  )
  return status === 0
}

function finish(counts) {
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(`\n${lastLine(counts)}\n`)
  process.exitCode = counts.failed === 0 ? 0 : 1
}

const checked = checks.every(run)
if (!checked) finish({ passed: 0, failed: 1 })
else {
  const ok = run(tests)
  finish(countTests(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined, ok))
}
