/**
 * What a Claude model accepts and what it refuses with a 400, by its name; clouds spell the same names otherwise
 * (`claude-opus-4-5@20251101`, `us.anthropic.claude-opus-4-6-v1`). The rules are the vendor's own tables:
 * https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting
 * https://platform.claude.com/docs/en/build-with-claude/effort
 * https://platform.claude.com/docs/en/api/errors#common-validation-errors
 */
export interface ModelTraits {
  /** How thinking is asked for: `adaptive`, with an effort, since Claude 4.6; with a `budget` of tokens since 3.7. */
  readonly thinking: 'adaptive' | 'budget' | 'none'
  /** How it is turned off: by leaving it out, by a word, or not at all. */
  readonly thinkingOff: 'omit' | 'disabled' | 'between_tools' | 'never'
  readonly hasXhighEffort: boolean
  /** Temperature, top_p and top_k: Claude 4.7 and later refuse them. */
  readonly takesSampling: boolean
  readonly takesTemperatureWithTopP: boolean
  /** Whether it can be made to call a tool. */
  readonly takesForcedToolChoice: boolean
  readonly takesJsonSchema: boolean
  /** Whether a system message may stand between the others. */
  readonly takesLaterSystemMessages: boolean
  /** The wire requires a limit; this one holds where the caller sets none. */
  readonly defaultMaxTokens: number
}

/**
 * @param name the vendor's name of the model. Of a Claude whose version it does not tell, the newest rules are assumed;
 *   of a name that is no Claude's, that it takes whatever it is asked
 */
export function modelTraits(name: string): ModelTraits {
  if (!name.includes('claude')) return OTHER
  const { family, version } = readVersion(name)
  const isLarge = family === 'fable' || family === 'mythos'
  return {
    thinking: howItThinks(version),
    thinkingOff: isLarge ? 'never' : thinkingOff(family, version),
    hasXhighEffort: version >= 407,
    takesSampling: version < 407,
    takesTemperatureWithTopP: version < 401,
    takesForcedToolChoice: !refusesForcedToolChoice(family, version),
    takesJsonSchema: version >= 405,
    takesLaterSystemMessages: isLarge || (family === 'opus' ? version >= 408 : version >= 505),
    defaultMaxTokens: version >= 307 ? DEFAULT_MAX_TOKENS : 4_096,
  }
}

/**
 * No more than is reserved for a model whose limit the catalog does not tell. Every Claude since 3.7 gives as much,
 * those before it 4,096: https://platform.claude.com/docs/en/about-claude/models/overview
 */
const DEFAULT_MAX_TOKENS = 16_384

const OTHER: ModelTraits = {
  thinking: 'budget',
  thinkingOff: 'omit',
  hasXhighEffort: true,
  takesSampling: true,
  takesTemperatureWithTopP: true,
  takesForcedToolChoice: true,
  takesJsonSchema: true,
  takesLaterSystemMessages: false,
  defaultMaxTokens: DEFAULT_MAX_TOKENS,
}

function howItThinks(version: number): ModelTraits['thinking'] {
  if (version >= 406) return 'adaptive'
  return version >= 307 ? 'budget' : 'none'
}

function thinkingOff(family: string, version: number): ModelTraits['thinkingOff'] {
  if (family === 'opus' && version >= 505) return 'never'
  if (family === 'sonnet' && version >= 505) return 'between_tools'
  return version >= 500 ? 'disabled' : 'omit'
}

/** Told of these versions alone: what is refused here is not sent, so nothing newer is taken to refuse it. */
function refusesForcedToolChoice(family: string, version: number): boolean {
  if (family === 'fable' || family === 'mythos') return version === 501
  return (family === 'opus' || family === 'sonnet') && version === 505
}

/** `claude-opus-4-6`, `claude-3-5-sonnet-20241022`, `claude-sonnet-4-20250514`: a date is no version. */
const NAME = /claude-(?:([a-z]+)-)?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?(?:-(opus|sonnet|haiku))?/
const NEWEST = 9_999

function readVersion(name: string): { family: string; version: number } {
  const [, before, major, minor, after] = NAME.exec(name) ?? []
  const family = before ?? after ?? /claude-([a-z]+)/.exec(name)?.[1] ?? ''
  return { family, version: major === undefined ? NEWEST : Number(major) * 100 + Number(minor ?? 0) }
}
