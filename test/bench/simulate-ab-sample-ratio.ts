import { createRandom, type Random } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import {
  addSampleRatioBatch,
  SEQUENTIAL_SAMPLE_RATIO_ALARM,
  startSampleRatio,
} from '../../control-plane/modules/ab-tests/statistics/sequential-sample-ratio.ts'
import { percent, type Line, type Section } from './simulate-ab-report.ts'

const EXPERIMENTS = 500
const BATCHES = 100
const UNITS_PER_BATCH = 50

/** Whether units that go missing are noticed, and only those. */
export function simulateSampleRatio(progress: (what: string) => void): Section {
  progress('sample ratios')
  const missing = addSampleRatioBatch(startSampleRatio(2), { units: [1_000, 1_200], weights: [0.5, 0.5] }).pValue
  const inBatches = gather(20, (sequence) => addSampleRatioBatch(sequence, { units: [50, 60], weights: [0.5, 0.5] }))
  const clean = countAlarms((random, weights) => draw(random, weights, 0))
  const losing = countAlarms((random, weights) => draw(random, weights, 0.2))
  return {
    title: `Units in each variant (an alarm below p = ${SEQUENTIAL_SAMPLE_RATIO_ALARM}; ${EXPERIMENTS} tests each, ${BATCHES} looks)`,
    columns: ['alarms'],
    lines: [
      alarmLine('1,000 and 1,200 units at 50/50', missing),
      alarmLine('the same in 20 batches', inBatches),
      { what: '3 variants, weights that change', cells: [percent(clean)], holds: clean === 0 },
      { what: 'the same, one loses 20 % of its units', cells: [percent(losing)], holds: losing > 0.95 },
    ],
  }
}

type Sequence = ReturnType<typeof startSampleRatio>

function gather(batches: number, add: (sequence: Sequence) => Sequence): number {
  let sequence = startSampleRatio(2)
  for (let batch = 0; batch < batches; batch += 1) sequence = add(sequence)
  return sequence.pValue
}

function alarmLine(what: string, pValue: number): Line {
  const alarms = pValue < SEQUENTIAL_SAMPLE_RATIO_ALARM
  return { what, cells: [`p ${pValue.toPrecision(3)}`], holds: alarms }
}

function countAlarms(units: (random: Random, weights: readonly number[]) => number[]): number {
  const alarms = Array.from({ length: EXPERIMENTS }, (_none, run) => {
    const random = createRandom(6_000_000 + run)
    let sequence = startSampleRatio(3)
    for (let batch = 0; batch < BATCHES; batch += 1) {
      // Equal shares at first, then shares that follow nothing but chance, as far apart as an allocation may put them.
      const lead = 0.05 + 0.85 * random.uniform()
      const weights = batch < BATCHES / 4 ? [1 / 3, 1 / 3, 1 / 3] : [lead, 0.95 - lead, 0.05]
      sequence = addSampleRatioBatch(sequence, { units: units(random, weights), weights })
    }
    return sequence.pValue < SEQUENTIAL_SAMPLE_RATIO_ALARM
  })
  return alarms.filter(Boolean).length / alarms.length
}

/** Units per variant; the second loses some before they are counted. */
function draw(random: Random, weights: readonly number[], lost: number): number[] {
  const units = [0, 0, 0]
  for (let unit = 0; unit < UNITS_PER_BATCH; unit += 1) {
    let left = random.uniform()
    const found = weights.findIndex((weight) => (left -= weight) < 0)
    const arm = found < 0 ? weights.length - 1 : found
    if (arm !== 1 || random.uniform() >= lost) units[arm] = (units[arm] ?? 0) + 1
  }
  return units
}
