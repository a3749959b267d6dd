import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { predictQuality, readPrompt } from '../../data-plane/decide/quality/predict-quality.ts'
import { createQualityTable } from '../../data-plane/decide/quality/quality-table.ts'
import { countPrompt, type PromptCounts } from '../../shared/llm/routing-prompt.ts'
import { qualityKnowledgeSchema, type QualityKnowledge } from '../../shared/llm/routing-quality.ts'
import { learnQuality } from '../../shared/llm/routing-quality-training.ts'
import { classifyTask } from '../../shared/llm/routing-task-class.ts'
import { OBJECTIVES, TASK_CLASSES, type TaskClass } from '../../shared/llm/routing-vocabulary.ts'
import { model } from '../helpers/snapshot-fixtures.ts'
import { createWorld } from '../helpers/routing-world.ts'
import { gainRecovered, shareForGain, shuffled, type Outcome } from './routing-metrics.ts'
import { readCsv } from './read-csv.ts'

/**
 * `npm run bench:routing -- <folder>`: how well the product's own code tells, from the prompt alone, when the strong model
 * is worth its price. The folder holds RouteLLM's outcome tables (https://github.com/lm-sys/RouteLLM, Apache-2.0): whether
 * a weak and a strong model answered each question of MMLU and GSM8K. Some of them are the workspace's scored
 * generations; a worker's learning distils them, the snapshot's schema checks what comes out, the data plane predicts.
 */

const WEAK = 'mistralai/mixtral-8x7b-instruct'
const STRONG = 'gpt-4-1106-preview'
const LABELS = 1_500
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
const TARGET = 0.6

interface Question extends Outcome {
  readonly prompt: string
  readonly group: string
  readonly counts: PromptCounts
  readonly taskClass: TaskClass
}

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('Usage: npm run bench:routing -- <folder of RouteLLM’s outcome tables>\n')
  process.exit(1)
}
const mmlu = readMmlu(folder)
const gsm8k = readGsm8k(folder)
describe('MMLU', mmlu)
describe('GSM8K', gsm8k)

heading(`MMLU, ${LABELS} labels as the workspace's own scores, tested on the other ${mmlu.length - LABELS}`)
const splits = SEEDS.map((seed) => {
  const order = shuffled(mmlu, seed)
  return { labels: order.slice(0, LABELS), rest: order.slice(LABELS) }
})
const ours = splits.map(({ labels, rest }) => ({ rest, gains: predictGains(learn(labels), rest) }))
const scores = ours.map(({ rest, gains }) => gainRecovered(gains, rest))
row('Signalbox, mean of ten splits', ours, `from ${least(scores)} to ${most(scores)}`)
row(
  'random',
  splits.map(({ rest }, index) => ({
    rest,
    gains: shuffled(
      rest.map((_, at) => at),
      100 + index,
    ),
  })),
)
row(
  'oracle',
  // Its gains are one, nought or minus one: ties are broken by place, so that there are ten bins of equal size.
  splits.map(({ rest }) => ({ rest, gains: rest.map(({ weak, strong }, at) => strong - weak + at / 1e9) })),
)
line('always the strong model', '1.000', 'of the gap, at 100% of calls')
line("RouteLLM's best, from its paper", '0.603', 'arena battles and about 1,500 labels of another split')

heading('Prompts of kinds never seen: each subject tested on what the others teach')
row(
  'Signalbox, MMLU by subject',
  [1, 2, 3].map((seed) => crossValidate(mmlu, 10, { seed, byGroup: true })),
)
heading('Little data of another kind')
row(
  'Signalbox, GSM8K, five folds',
  [1, 2, 3].map((seed) => crossValidate(gsm8k, 5, { seed, byGroup: false })),
)

process.stdout.write(
  '\nWhat `auto` does with it: whole decisions, at $10 and $30 against $0.60 and $0.60 a million tokens\n',
)
decide(splits[0])

const mean = average(scores)
if (mean < TARGET) {
  process.stderr.write(`\nThe gain recovered is ${mean.toFixed(3)}, below ${TARGET}.\n`)
  process.exitCode = 1
}

function readMmlu(root: string): Question[] {
  const files = readdirSync(join(root, 'mmlu')).sort()
  const contaminated = readContaminated(join(root, 'mmlu_contaminated_prompts.jsonl'))
  return files.flatMap((file) =>
    readCsv(readFileSync(join(root, 'mmlu', file), 'utf8')).flatMap(([prompt = '', weak, strong]) =>
      contaminated.has(prompt) ? [] : [toQuestion(prompt, file, [weak, strong])],
    ),
  )
}

function readGsm8k(root: string): Question[] {
  const text = readFileSync(join(root, 'gsm8k_responses.csv'), 'utf8')
  const contaminated = readContaminated(join(root, 'gsm8k_contaminated_prompts.jsonl'))
  const [header = []] = readCsv(text, { withHeader: true })
  const column = (name: string): number => header.indexOf(name)
  const [prompt, weak, strong] = [
    column('prompt'),
    column('mistralai/Mixtral-8x7B-Instruct-v0.1'),
    column('gpt-4-1106-preview'),
  ]
  return readCsv(text).flatMap((cells) => {
    const question = cells[prompt] ?? ''
    return contaminated.has(question) ? [] : [toQuestion(question, 'gsm8k', [cells[weak], cells[strong]])]
  })
}

function readContaminated(file: string): ReadonlySet<string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return new Set(lines.map((each) => (JSON.parse(each) as { eval_prompt: string }).eval_prompt))
}

function toQuestion(prompt: string, group: string, [weak, strong]: readonly (string | undefined)[]): Question {
  const counts = countPrompt(prompt)
  const facts = { hasImages: false, inputTokens: counts.totalCharacters / 4, maxOutputTokens: null }
  return {
    prompt,
    group,
    counts,
    taskClass: classifyTask(counts, facts),
    weak: weak === 'True' ? 1 : 0,
    strong: strong === 'True' ? 1 : 0,
  }
}

function learn(labels: readonly Question[]): QualityKnowledge {
  const scored = labels.flatMap(({ taskClass, counts, weak, strong }) => [
    { modelId: WEAK, taskClass, counts, score: weak },
    { modelId: STRONG, taskClass, counts, score: strong },
  ])
  return qualityKnowledgeSchema.parse(JSON.parse(JSON.stringify(learnQuality(scored))))
}

/** How much more likely the strong model is to be right, prompt by prompt. */
function predictGains(knowledge: QualityKnowledge, questions: readonly Question[]): number[] {
  const table = createQualityTable(knowledge)
  const weak = table.ofChat(model({ id: WEAK }))
  const strong = table.ofChat(model({ id: STRONG }))
  return questions.map(({ counts, taskClass }) => {
    const prompt = readPrompt(counts, table.promptModel)
    const index = TASK_CLASSES.indexOf(taskClass)
    return predictQuality(strong, index, prompt) - predictQuality(weak, index, prompt)
  })
}

interface Run {
  readonly rest: readonly Question[]
  readonly gains: readonly number[]
}

function crossValidate(
  questions: readonly Question[],
  folds: number,
  { seed, byGroup }: { seed: number; byGroup: boolean },
): Run {
  const order = shuffled(questions, seed)
  const groups = shuffled([...new Set(order.map(({ group }) => group))], seed)
  const foldOf = (question: Question, index: number): number =>
    (byGroup ? groups.indexOf(question.group) : index) % folds
  const parts = Array.from({ length: folds }, (_, fold) => {
    const rest = order.filter((question, index) => foldOf(question, index) === fold)
    const labels = order.filter((question, index) => foldOf(question, index) !== fold)
    return { rest, gains: predictGains(learn(labels), rest) }
  })
  return { rest: parts.flatMap(({ rest }) => rest), gains: parts.flatMap(({ gains }) => gains) }
}

function decide(split: { labels: readonly Question[]; rest: readonly Question[] } | undefined): void {
  if (!split) return
  const world = createWorld({
    models: [
      { id: WEAK, price: [0.6, 0.6], contextWindow: 32_768 },
      { id: STRONG, price: [10, 30], contextWindow: 128_000 },
    ],
    knowledge: learn(split.labels),
  })
  for (const objective of OBJECTIVES) {
    const asked = { model: 'auto', max_tokens: 200, route: { objective } }
    const chosen = split.rest.map(({ prompt }) =>
      world.ask({ ...asked, messages: [{ role: 'user', content: prompt }] }),
    )
    const right = split.rest.map(({ weak, strong }, index) => (chosen[index]?.selected === STRONG ? strong : weak))
    const share = average(chosen.map(({ selected }) => (selected === STRONG ? 1 : 0)))
    const words = `${(100 * share).toFixed(1)}% of calls to the strong model, ${(100 * average(right)).toFixed(1)}% right`
    process.stdout.write(`  ${objective.padEnd(34)}${words}\n`)
  }
  const always = (which: 'weak' | 'strong'): string => (100 * average(split.rest.map((each) => each[which]))).toFixed(1)
  process.stdout.write(
    `  ${'always weak, always strong'.padEnd(34)}${always('weak')}% and ${always('strong')}% right\n`,
  )
}

function describe(name: string, questions: readonly Question[]): void {
  const right = (which: 'weak' | 'strong'): string => (100 * average(questions.map((each) => each[which]))).toFixed(2)
  const union = (100 * average(questions.map(({ weak, strong }) => Math.max(weak, strong)))).toFixed(2)
  process.stdout.write(
    `${name}: ${questions.length} questions; right are weak ${right('weak')}%, strong ${right('strong')}%, either ${union}%\n`,
  )
}

function heading(text: string): void {
  process.stdout.write(`\n${text}\n  ${''.padEnd(34)}APGR    CPT50   CPT80\n`)
}

function row(name: string, runs: readonly Run[], note = ''): void {
  const apgr = average(runs.map(({ gains, rest }) => gainRecovered(gains, rest)))
  const share = (gain: number): string =>
    `${average(runs.map(({ gains, rest }) => shareForGain(gains, rest, gain))).toFixed(1)}%`
  line(name, apgr.toFixed(3), `${share(0.5).padEnd(8)}${share(0.8).padEnd(8)}${note}`)
}

function line(name: string, value: string, note: string): void {
  process.stdout.write(`  ${name.padEnd(34)}${value}   ${note}\n`)
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function least(values: readonly number[]): string {
  return Math.min(...values).toFixed(3)
}

function most(values: readonly number[]): string {
  return Math.max(...values).toFixed(3)
}
