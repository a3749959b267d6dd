import { conditionSchema } from '../../shared/routers/condition-schema.ts'
import { compileRules, type CompiledRules, type RouterRule } from '../../shared/routers/match-rules.ts'
import { RequestFacts, type RoutedRequest } from '../../shared/routers/request-facts.ts'

/**
 * `node test/bench/router-rules.bench.ts`: what the rules of a filter router add to a call, from the parsed request to the rule that
 * matches. The best of many rounds, because other work on the machine only ever adds to it, and the spread of single
 * calls. Every call has texts of its own, so that nothing is remembered from one to the next.
 */

const LIMIT_MICROSECONDS = 20
const ROUNDS = 60
const CALLS = 200

const SYSTEM = `You are a helpful assistant of a company that sells accounting software. Keep your answers short and friendly,
use lists where they help, and never promise anything that the terms of service do not say. When you do not know, say so,
and name the page of the handbook where the customer can read more.`
const USER = `My statement from last March shows two lines for the same seats, and neither fits what the sales page said when
we signed up. Could you explain where the second one comes from, and how we get the difference back before our books close
at the end of the month? We are a team of twelve, on the yearly plan, and moved from the monthly one in February. I have
asked your colleague Jim before, who promised to look into it and to write by Friday, but we never heard from him again.
Please also say whether the tax that was added is right for a company in Poland that has a valid European tax number, and
which form I should hand in, if any, to have it corrected for the months before.`

/** A word that no message has. */
const absent = (index: number, word: string): string => `${word} ${String.fromCharCode(97 + (index % 26))}`

type Make = (index: number) => unknown

const CONTAINS: Make = (index) => ({ type: 'message-contains', target: 'any', text: absent(index, 'invoice') })
const KINDS: Readonly<Record<string, Make>> = {
  contains: CONTAINS,
  words: (index) => ({ type: 'message-regex', target: 'last-user', pattern: `(?i)refund|chargeback|dispute ${index}` }),
  regex: (index) => ({
    type: 'message-regex',
    target: 'any',
    pattern: `(?i)\\b(select|insert|update)\\s+\\w+\\s+(from|into|set${index})\\b`,
  }),
  'metadata equals': (index) => ({ type: 'metadata-equals', path: 'user.tier', value: `tier-${index}` }),
  'metadata number': (index) => ({ type: 'metadata-compare', path: 'complexity', compare: 'gt', value: 10 + index }),
  'metadata in': (index) => ({ type: 'metadata-in', path: 'task_type', values: [`a${index}`, `b${index}`, 'c'] }),
  length: (index) => ({
    type: 'message-length',
    target: 'any',
    unit: index % 2 === 0 ? 'tokens' : 'characters',
    compare: 'gt',
    value: 10_000 + index,
  }),
  'time of day': (index) => ({ type: 'time-of-day', timeZone: 'Europe/Warsaw', from: '00:00', to: `00:${10 + index}` }),
  percentage: (index) => ({ type: 'percentage', percent: 0, salt: `salt-${index}` }),
  'image, tools, turns': (index) => ({
    type: 'any',
    conditions: [
      { type: 'has-image' },
      { type: 'has-tools' },
      { type: 'turn-count', compare: 'gt', value: 5 + index },
      { type: 'key', keyIds: [`key-${index}`] },
    ],
  }),
}
const LANGUAGE: Make = () => ({ type: 'message-language', target: 'last-user', languages: ['de', 'fr', 'pl'] })
const UNREACHED: Make = (index) => ({
  type: 'all',
  conditions: [LANGUAGE(index), { type: 'metadata-equals', path: 'user.tier', value: 'free' }],
})
const DIGITS: Make = () => ({ type: 'message-regex', target: 'last-user', pattern: '\\b\\d{4}\\b' })
const LAST: Make = () => ({ type: 'message-contains', target: 'last-user', text: 'Yearly Plan' })

function router(makers: readonly Make[]): CompiledRules<string> {
  const rules = makers.map((make, index): RouterRule<string> => {
    const condition = conditionSchema.parse(make(index))
    return { id: `rule-${index}`, name: `Rule ${index}`, enabled: true, condition, target: `target-${index}` }
  })
  return compileRules(rules, 'default')
}

/** As many of each kind, the last one matching. */
function mixed(count: number, extra: readonly Make[] = []): CompiledRules<string> {
  const kinds = Object.values(KINDS)
  const others = Array.from({ length: count - 1 - extra.length }, (_, index) => kinds[index % kinds.length] ?? LAST)
  return router([...extra, ...others, LAST])
}

let made = 0
/** As it comes out of the parser: texts are flat, and known to nobody. */
function request(): RoutedRequest {
  made += 1
  const body = JSON.stringify({
    messages: [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: `${USER} ${made}` },
    ],
    metadata: { user: { tier: 'premium' }, task_type: 'support', complexity: 4 },
  })
  const { messages, metadata } = JSON.parse(body) as { messages: unknown; metadata: unknown }
  return { messages, metadata, tools: undefined, keyId: 'key', nowMs: Date.now(), unitId: `user-${made}` }
}

function measure(what: string, rules: CompiledRules<string>, rule: string | null): void {
  const run = (each: RoutedRequest): void => {
    if (rules.match(new RequestFacts(each)).ruleId !== rule) throw new Error(`another rule than ${rule} matches`)
  }
  for (let warmUp = 0; warmUp < 5 * CALLS; warmUp += 1) run(request())
  let best = Infinity
  const singles: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const requests = Array.from({ length: CALLS }, request)
    const started = performance.now()
    for (const each of requests) run(each)
    best = Math.min(best, ((performance.now() - started) * 1_000) / CALLS)
    for (const each of Array.from({ length: 50 }, request)) {
      const before = performance.now()
      run(each)
      singles.push((performance.now() - before) * 1_000)
    }
  }
  singles.sort((left, right) => left - right)
  const at = (share: number): string => (singles[Math.floor(singles.length * share)] ?? 0).toFixed(1)
  const row = [what.padEnd(56), best.toFixed(1).padStart(7), at(0.5).padStart(7), at(0.99).padStart(7)]
  process.stdout.write(`${row.join('  ')}\n`)
}

process.stdout.write(`microseconds a call (the limit for 50 rules of mixed kinds is ${LIMIT_MICROSECONDS})\n`)
process.stdout.write(`a request of ${JSON.stringify(request()).length} bytes, two messages\n`)
process.stdout.write(`${''.padEnd(56)}  ${['best', 'p50', 'p99'].map((name) => name.padStart(7)).join('  ')}\n`)
measure('50 mixed rules, the last matches', mixed(50), 'rule-49')
measure('  and a language after a cheaper leaf that fails', mixed(50, [UNREACHED]), 'rule-49')
measure('  and a language that must be told', mixed(50, [LANGUAGE]), 'rule-49')
measure('  and a regex with no text to look for', mixed(50, [DIGITS]), 'rule-49')
process.stdout.write('one rule of a kind, which does not match\n')
for (const [kind, make] of Object.entries(KINDS)) measure(`  ${kind}`, router([make]), null)
measure('  language', router([LANGUAGE]), null)
measure('  regex with no text to look for', router([DIGITS]), null)
