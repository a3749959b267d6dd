import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { simulateAdaptive } from './simulate-ab-adaptive.ts'
import { simulateCoverage } from './simulate-ab-coverage.ts'
import { LOOKS, simulateDifference, simulateNoDifference, UNITS_PER_BATCH } from './simulate-ab-peeking.ts'
import { plotSimulation } from './simulate-ab-plot.ts'
import { createProgress, formatSection, type Section } from './simulate-ab-report.ts'
import { simulateSampleRatio } from './simulate-ab-sample-ratio.ts'

/**
 * `npm run simulate:ab`: whether the statistics of A/B tests keep what they promise, by experiments whose truth is known.
 * Prints Markdown tables, writes docs/ab-statistics.svg, and fails where a line does not hold. Seeded: every run gives the
 * same numbers. Some minutes on one core.
 */

const progress = createProgress(() => performance.now())

const noDifference = simulateNoDifference(progress)
show(noDifference.section)
const coverage: Section = {
  title: 'Intervals at 95 %: experiments whose interval held the truth at every look',
  columns: ['covered'],
  lines: [...noDifference.coverage, ...simulateCoverage(progress)],
}
show(coverage)
const difference = simulateDifference(progress)
show(difference)
const adaptive = simulateAdaptive(progress)
show(adaptive.section)
const sampleRatio = simulateSampleRatio(progress)
show(sampleRatio)

const file = join(import.meta.dirname, '../../docs/ab-statistics.svg')
mkdirSync(dirname(file), { recursive: true })
const { falseWinners } = noDifference
const { savings } = adaptive
writeFileSync(file, plotSimulation({ falseWinners, looks: LOOKS, unitsPerLook: 2 * UNITS_PER_BATCH, savings }))

const sections = [noDifference.section, coverage, difference, adaptive.section, sampleRatio]
const broken = sections.flatMap(({ lines }) => lines).filter(({ holds }) => holds === false)
progress(broken.length === 0 ? 'every line holds' : `does not hold: ${broken.map(({ what }) => what).join('; ')}`)
process.exitCode = broken.length === 0 ? 0 : 1

function show(section: Section): void {
  process.stdout.write(`${formatSection(section)}\n`)
}
