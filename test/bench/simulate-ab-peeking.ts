import { decideAbTest } from '../../control-plane/modules/ab-tests/statistics/decide-ab-test.ts'
import { planSamples } from '../../control-plane/modules/ab-tests/statistics/plan-samples.ts'
import { createRandom } from '../../control-plane/modules/ab-tests/statistics/random.ts'
import { ALPHA, type Kind, type Look } from './simulate-ab-experiment.ts'
import { KINDS } from './simulate-ab-kinds.ts'
import { count, median, percent, type Line, type Section } from './simulate-ab-report.ts'

const EXPERIMENTS = 500
export const UNITS_PER_BATCH = 50
export const LOOKS = 100
const POWER = 0.8

/** Of one kind: after how many looks each A/A experiment had its first false winner; Infinity for never. */
export interface FalseWinners {
  readonly kind: string
  readonly ours: readonly number[]
  readonly naive: readonly number[]
}

/** Two variants that are the same, looked at after every batch: how often one is called better, and how often the interval ever missed 0. */
export function simulateNoDifference(progress: (what: string) => void): {
  section: Section
  falseWinners: FalseWinners[]
  coverage: Line[]
} {
  const runs = KINDS.map((kind, index) => {
    progress(`no difference: ${kind.name}`)
    return { kind, experiments: Array.from({ length: EXPERIMENTS }, (_none, run) => watch(kind, 10_000 * index + run)) }
  })
  const lines = runs.map(({ kind, experiments }) => {
    const ours = share(experiments, ({ ours: look }) => look < Infinity)
    const naive = share(experiments, ({ naive: look }) => look < Infinity)
    return { what: kind.name, cells: [percent(ours), percent(naive)], holds: ours <= ALPHA && naive > 0.2 }
  })
  return {
    section: {
      title: `No difference: experiments that named a winner (${EXPERIMENTS} each, ${LOOKS} looks)`,
      columns: ['ours', 'usual test at every look'],
      lines,
    },
    falseWinners: runs.map(({ kind, experiments }) => ({
      kind: kind.name,
      ours: experiments.map(({ ours }) => ours),
      naive: experiments.map(({ naive }) => naive),
    })),
    coverage: runs.map(({ kind, experiments }) => {
      const covered = share(experiments, ({ missed }) => !missed)
      return { what: `difference of ${kind.name}`, cells: [percent(covered)], holds: covered >= 1 - ALPHA }
    }),
  }
}

/** A real difference: how often and how soon it is found, beside a test that is looked at once, at its planned size. */
export function simulateDifference(progress: (what: string) => void): Section {
  const lines = KINDS.map((kind, index): Line => {
    progress(`a difference: ${kind.name}`)
    const plan = planFor(kind)
    const found = Array.from({ length: EXPERIMENTS }, (_none, run) =>
      search(kind, plan, 900_000 + 10_000 * index + run),
    )
    const detected = share(found, ({ units }) => units < Infinity)
    const wrong = share(found, ({ wrongWay }) => wrongWay)
    const fixed = share(found, ({ fixedFound }) => fixedFound)
    const used = found.map(({ units }) => Math.min(units, plan.most))
    const mean = used.reduce((sum, units) => sum + units, 0) / used.length
    return {
      what: kind.name,
      cells: [
        percent(detected),
        count(median(used)),
        count(mean),
        plan.expected === null ? '' : count(plan.expected),
        count(plan.most),
        percent(fixed),
        count(plan.fixed),
      ],
      holds: detected >= POWER && wrong <= ALPHA / 2,
    }
  })
  return {
    title: `A difference: how often and how soon it is found (${EXPERIMENTS} each, planned for ${POWER * 100} % power)`,
    columns: [
      'found',
      'median units',
      'mean units',
      'planned mean, at most',
      'planned end',
      'fixed test found',
      'fixed test units',
    ],
    lines,
  }
}

function watch(kind: Kind, seed: number) {
  const experiment = kind.start(createRandom(seed), { different: false, tightestAt: UNITS_PER_BATCH * LOOKS })
  const result = { ours: Infinity, naive: Infinity, missed: false }
  let pValue = 1
  for (let number = 1; number <= LOOKS; number += 1) {
    experiment.grow(UNITS_PER_BATCH)
    const look = experiment.look()
    pValue = Math.min(pValue, look.pValue)
    const decision = decide(kind, { ...look, pValue }, number * UNITS_PER_BATCH)
    if (decision.state === 'winner') result.ours = Math.min(result.ours, number)
    if (look.fixedPValue <= ALPHA) result.naive = Math.min(result.naive, number)
    result.missed ||= look.lower > 0 || look.upper < 0
  }
  return result
}

/** By the product's own decision, so that what is promised is what users get. */
function decide(kind: Kind, look: Look, perVariant: number) {
  const [before, after] = look.values
  return decideAbTest({
    production: 'A',
    metrics: [
      {
        name: kind.name,
        direction: kind.direction,
        scale: 'absolute',
        unit: kind.unit,
        role: { type: 'primary', smallestEffect: 0 },
        production: { value: before, count: perVariant },
        comparisons: [{ variant: 'B', value: after, count: perVariant, ...look }],
      },
    ],
    validity: { sampleRatios: [], contaminationRate: 0, units: 2 * perVariant, unitsInTwoVariants: 0 },
  })
}

interface Plan {
  readonly fixed: number
  readonly most: number
  readonly expected: number | null
  readonly tightestAt: number
}

/** Planning knows the asymptotic sequence; a quantile's is exact, and wider. This many times the fixed test's units. */
const PATIENCE_FOR_QUANTILES = 5

function planFor({ effect, variances, name }: Kind): Plan {
  const [productionVariance, variantVariance] = variances
  const { fixed, sequential } = planSamples({ effect, productionVariance, variantVariance, alpha: ALPHA, power: POWER })
  const exact = name.startsWith('p95')
  return {
    fixed: fixed.units,
    most: exact ? fixed.units * PATIENCE_FOR_QUANTILES : sequential.units,
    expected: exact ? null : sequential.meanUnitsAtMost,
    tightestAt: sequential.tightestAt,
  }
}

/** At which look the fixed test has its planned size. */
const FIXED_LOOK = 50

function search(kind: Kind, plan: Plan, seed: number) {
  const experiment = kind.start(createRandom(seed), { different: true, tightestAt: plan.tightestAt })
  const batch = Math.max(1, Math.ceil(plan.fixed / 2 / FIXED_LOOK))
  const result = { units: Infinity, wrongWay: false, fixedFound: false }
  let pValue = 1
  const fixedLook = FIXED_LOOK * batch
  for (let perVariant = batch; 2 * perVariant <= plan.most + 2 * batch; perVariant += batch) {
    experiment.grow(batch)
    const found = result.units < Infinity
    if (found && perVariant > fixedLook) break
    if (found && perVariant < fixedLook) continue
    const look = experiment.look()
    pValue = Math.min(pValue, look.pValue)
    if (perVariant === fixedLook) result.fixedFound = look.fixedPValue <= ALPHA
    if (found) continue
    const decision = decide(kind, { ...look, pValue }, perVariant)
    if (decision.state !== 'winner') continue
    result.units = 2 * perVariant
    result.wrongWay = decision.winner !== (betterIs(kind) ? 'B' : 'A')
  }
  return result
}

function betterIs({ direction, effect }: Kind): boolean {
  return direction === 'higher-is-better' ? effect > 0 : effect < 0
}

function share<Run>(runs: readonly Run[], is: (run: Run) => boolean): number {
  return runs.filter(is).length / runs.length
}
