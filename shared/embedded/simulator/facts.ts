/** A thing the simulator knows: when it is asked, what `sim-fast` says, and what `sim-smart` adds. */
interface Fact {
  readonly asked: RegExp
  readonly answer: string
  readonly more: string
}

const FACTS: readonly Fact[] = [
  {
    asked: /capital of france/i,
    answer: 'The capital of France is Paris.',
    more: 'It lies on the Seine and is home to about two million people.',
  },
  {
    asked: /capital of germany/i,
    answer: 'The capital of Germany is Berlin.',
    more: 'It has been the capital of the reunited country since 1990.',
  },
  {
    asked: /capital of italy/i,
    answer: 'The capital of Italy is Rome.',
    more: 'The Vatican is a state of its own inside the city.',
  },
  {
    asked: /capital of spain/i,
    answer: 'The capital of Spain is Madrid.',
    more: 'It stands on a plateau almost 700 metres above the sea.',
  },
  { asked: /capital of japan/i, answer: 'The capital of Japan is Tokyo.', more: 'It was called Edo until 1868.' },
  {
    asked: /capital of (the )?(united kingdom|uk|england)/i,
    answer: 'The capital of the United Kingdom is London.',
    more: 'It lies on the Thames.',
  },
  {
    asked: /capital of (the )?(united states|usa)/i,
    answer: 'The capital of the United States is Washington, D.C.',
    more: 'It belongs to no state.',
  },
  {
    asked: /capital of canada/i,
    answer: 'The capital of Canada is Ottawa.',
    more: 'Toronto is larger, but was never the capital of the federation.',
  },
  {
    asked: /capital of australia/i,
    answer: 'The capital of Australia is Canberra.',
    more: 'It was founded as a compromise between Sydney and Melbourne.',
  },
  {
    asked: /capital of brazil/i,
    answer: 'The capital of Brazil is Brasília.',
    more: 'It was built from 1956 to 1960 for the purpose.',
  },
  {
    asked: /largest planet/i,
    answer: 'The largest planet of the solar system is Jupiter.',
    more: 'It outweighs all the others together.',
  },
  {
    asked: /(highest|tallest) mountain/i,
    answer: 'The highest mountain is Mount Everest.',
    more: 'It is 8,849 metres high.',
  },
  {
    asked: /largest ocean/i,
    answer: 'The largest ocean is the Pacific.',
    more: 'It covers about a third of the Earth.',
  },
  {
    asked: /speed of light/i,
    answer: 'The speed of light is 299,792,458 metres per second.',
    more: 'The metre is defined by it.',
  },
  {
    asked: /boiling point of water|water boil/i,
    answer: 'Water boils at 100 °C at sea level.',
    more: 'Higher up, where the air is thinner, it boils sooner.',
  },
  {
    asked: /chemical (symbol|formula) (of|for) water/i,
    answer: 'The chemical formula of water is H2O.',
    more: 'Two atoms of hydrogen are bound to one of oxygen.',
  },
  {
    asked: /chemical symbol (of|for) gold/i,
    answer: 'The chemical symbol of gold is Au.',
    more: 'It comes from the Latin aurum.',
  },
  {
    asked: /who wrote hamlet/i,
    answer: 'Hamlet was written by William Shakespeare.',
    more: 'It was first played around 1600.',
  },
  {
    asked: /who painted the mona lisa/i,
    answer: 'The Mona Lisa was painted by Leonardo da Vinci.',
    more: 'It hangs in the Louvre.',
  },
  {
    asked: /moon landing|first (man|person) on the moon/i,
    answer: 'The first person on the Moon was Neil Armstrong.',
    more: 'He stepped onto it in July 1969.',
  },
  {
    asked: /how many continents/i,
    answer: 'There are seven continents.',
    more: 'Some counts join Europe and Asia and arrive at six.',
  },
  {
    asked: /days (are )?in a leap year/i,
    answer: 'A leap year has 366 days.',
    more: 'The extra one is the 29th of February.',
  },
]

const SUM =
  /^(?:what is|what's|calculate|compute|how much is)?\s*(-?\d{1,9})\s*([-+*x×/÷]|plus|minus|times|divided by)\s*(-?\d{1,9})\s*[=?.!]*$/i

/** Answers what the simulator knows: some facts, and sums of two whole numbers. Else undefined. */
export function recall(question: string): { readonly answer: string; readonly more: string } | undefined {
  const fact = FACTS.find(({ asked }) => asked.test(question))
  return fact ?? calculate(question)
}

function calculate(question: string): { answer: string; more: string } | undefined {
  const [, left, sign, right] = SUM.exec(question.trim()) ?? []
  if (left === undefined || sign === undefined || right === undefined) return undefined
  const result = apply(sign.toLowerCase(), Number(left), Number(right))
  if (result === undefined) return { answer: 'Nothing can be divided by zero.', more: 'The question has no answer.' }
  return { answer: String(result), more: `That is ${left} ${sign} ${right}.` }
}

function apply(sign: string, left: number, right: number): number | undefined {
  switch (sign) {
    case '+':
    case 'plus':
      return left + right
    case '-':
    case 'minus':
      return left - right
    case '*':
    case 'x':
    case '×':
    case 'times':
      return left * right
    default:
      return right === 0 ? undefined : Math.round((left / right) * 10_000) / 10_000
  }
}
