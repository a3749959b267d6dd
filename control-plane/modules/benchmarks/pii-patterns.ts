import { hasPhoneDigits, ibanLength, ipv6Length, isCardNumber } from './pii-checks.ts'

export const PII_KINDS = ['SECRET', 'EMAIL', 'IBAN', 'CREDIT_CARD', 'SSN', 'IP_ADDRESS', 'PHONE'] as const
export type PiiKind = (typeof PII_KINDS)[number]

export interface PiiPattern {
  readonly kind: PiiKind
  /**
   * Global. What is found is the group `value`, at the match's end, or the whole match. It takes time linear in the
   * text: repetitions are bounded or have one way to match, and a run of characters is entered at its start alone.
   */
  readonly pattern: RegExp
  /** How much of what is found it is, from its start; 0 where a check fails. All of it where there is no check. */
  readonly measure?: (found: string) => number
}

/** Keys and tokens: by how their makers begin them, else by the word before them. */
const SECRETS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----(?:[^-]|-(?!----)){0,8000}(?:-----END [A-Z ]{0,24}PRIVATE KEY-----)?/g,
  /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,8000}\.[\w-]{0,2000}/g,
  /(?<![\w-])(?:sk|nr)-(?=[A-Za-z_-]{0,60}\d)[\w-]{20,300}/g,
  /(?<!\w)(?:[srp]k_(?:live|test)_|whsec_)[A-Za-z0-9+/]{16,300}/g,
  /(?<!\w)(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?!\w)/g,
  /(?<!\w)(?:AIza[\w-]{35}|ya29\.[\w-]{20,2000}|GOCSPX-[\w-]{20,100})/g,
  /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|glpat-[\w-]{20,300})/g,
  /(?<!\w)(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,300}/g,
  /(?<!\w)(?:hf_|npm_|gsk_|pplx-|xai-|nvapi-|r8_|dop_v1_)[\w-]{30,300}/g,
  /(?<!\w)SG\.[\w-]{22}\.[\w-]{43}/g,
  /(?<!\w)Bearer {1,4}(?<value>[\w.~+/-]{16,4000}={0,2})/gi,
  /(?<![A-Za-z])(?:api[_-]?key|secret|token|passw(?:or)?d)["']? {0,4}[:=] {0,4}["']?(?<value>(?=[A-Za-z_+/-]{0,60}\d)[\w+/-]{16,300}={0,2})/gi,
]

/** Letters with accents, as Europe writes them, may stand in addresses. */
const LETTER = 'A-Za-z0-9À-ÖØ-öø-ɏ'
const EMAIL = new RegExp(
  `(?<![${LETTER}._%+-])[${LETTER}._%+-]{1,64}@(?:[${LETTER}-]{1,63}\\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])`,
  'g',
)

const IBAN = /(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,34}/gi

/** Digits in one piece, in groups of four, or in the groups of American Express and Diners Club. */
const CREDIT_CARD = /(?<![\w.])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{4,5})(?!\w|[.-]\d)/g

const SSNS: readonly RegExp[] = [
  /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
  /(?<!\w)(?:ssn|social security(?: number| no\.?)?)[ :#=is]{0,8}(?<value>\d{3}[ -]?\d{2}[ -]?\d{4})(?![\w-])/gi,
]

const IPV6 = /(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]{2,46}(?![\w:])/g

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const IPV4 = new RegExp(`(?<![\\w.])(?:${OCTET}\\.){3}${OCTET}(?!\\w|\\.\\d)`, 'g')

const PHONES: readonly RegExp[] = [
  // International: a plus sign and 8 to 15 digits, or two zeros and the country's code apart.
  /(?<![\w+])\+[1-9](?:(?: ?\(|\) ?| ?\/ ?|[ .-])?\d){7,14}(?!\d)/g,
  /(?<![\w.,:+/-]|\d )00[1-9]\d{0,2}(?: ?\(|[ ./-])\d(?:(?: ?\(|\) ?| ?\/ ?|[ .-])?\d){5,11}(?!\d)/g,
  // North America: three, three and four digits.
  /(?<![\w.+-]|\d )(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}(?![\w-]|\.\d)/g,
  // With a trunk zero: by pairs as in France; else the area's code and a number, which no date looks like.
  /(?<![\w.,:+/-]|\d )0[1-9]([ .-])\d{2}(?:\1\d{2}){3}(?![\w-]|[.:]\d)/g,
  /(?<![\w.,:+/-]|\d )\(?0[1-9]\d{0,3}(?:\) ?| ?[/-] ?| )\d{3,8}(?:[ -]\d{2,8}){0,3}(?![\w-]|[.:]\d)/g,
  // However it is written, after a word that says what it is.
  /(?<![A-Za-z])(?:(?:tele)?phone|mobile|cell|fax|tel|whatsapp)[ .:#=()a-z]{0,12}(?<value>\d(?:(?: ?\(|\) ?| ?\/ ?|[ .-])?\d){6,14})(?!\d)/gi,
]

/**
 * What is looked for; what comes first wins where two overlap.
 *
 * Known limits. Found by mistake: addresses of the form `git@host.org`, version numbers of four parts, one in ten
 * numbers of 13 to 19 digits that begin like a card's, one in a hundred texts formed like an IBAN, lists of numbers
 * grouped as telephone numbers are. Not found: names, postal addresses, dates of birth; telephone numbers of one run of
 * digits without a plus sign or a word before them; card numbers in unusual groups; nine digits without hyphens, unless
 * "SSN" stands before them; addresses with letters beyond Europe's or written out ("at", "dot"); short passwords; keys
 * of forms not listed; anything encoded, as in Base64 or a picture.
 */
export const PII_PATTERNS: readonly PiiPattern[] = [
  ...SECRETS.map((pattern) => ({ kind: 'SECRET' as const, pattern })),
  { kind: 'EMAIL', pattern: EMAIL },
  { kind: 'IBAN', pattern: IBAN, measure: ibanLength },
  { kind: 'CREDIT_CARD', pattern: CREDIT_CARD, measure: (found) => (isCardNumber(found) ? found.length : 0) },
  ...SSNS.map((pattern) => ({ kind: 'SSN' as const, pattern })),
  { kind: 'IP_ADDRESS', pattern: IPV6, measure: ipv6Length },
  { kind: 'IP_ADDRESS', pattern: IPV4 },
  ...PHONES.map((pattern) => ({
    kind: 'PHONE' as const,
    pattern,
    measure: (found: string) => (hasPhoneDigits(found) ? found.length : 0),
  })),
]
