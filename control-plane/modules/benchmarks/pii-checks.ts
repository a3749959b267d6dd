import { isIPv6 } from 'node:net'

/**
 * Whether digits pass the check of ISO/IEC 7812-1 (Luhn), have a card number's length, and begin as the numbers of
 * payment cards do (2 to 6). One in ten arbitrary numbers of that form passes as well.
 *
 * @param digits with or without spaces and hyphens
 */
export function isCardNumber(digits: string): boolean {
  const plain = digits.replaceAll(/[ -]/g, '')
  if (!/^(?:2[2-7]|3[04-9]|4\d|5[0-8]|6[0-9])\d{11,17}$/.test(plain)) return false
  let sum = 0
  for (let index = 0; index < plain.length; index += 1) {
    const digit = Number(plain.at(-1 - index))
    const weighted = index % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}

/** How long an IBAN is in each country that has them: SWIFT's IBAN registry, release 99. */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/**
 * How much of a text, from its start, is an IBAN of its country's length whose check digits hold (ISO 13616, ISO 7064
 * MOD 97-10).
 *
 * @param text may hold single spaces, and words after the number
 * @returns a number of characters, 0 where there is none
 */
export function ibanLength(text: string): number {
  const wanted = IBAN_LENGTHS.get(text.slice(0, 2).toUpperCase()) ?? 0
  let plain = ''
  let length = 0
  while (length < text.length && plain.length < wanted) {
    const character = text.charAt(length)
    if (character !== ' ') plain += character
    length += 1
  }
  const endsThere = !/[A-Za-z0-9]/.test(text.charAt(length))
  return wanted > 0 && plain.length === wanted && endsThere && remainder97(plain.toUpperCase()) === 1 ? length : 0
}

function remainder97(iban: string): number {
  let remainder = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder
}

/**
 * How much of a text, from its start, is an IPv6 address of at least two groups with a digit in it: `a::b` is more
 * often a name in a program.
 *
 * @param text hexadecimal digits, colons and dots
 * @returns a number of characters, 0 where there is none
 */
export function ipv6Length(text: string): number {
  const address = text.replace(/[.:]$/, '')
  const groups = address.split(':').filter((group) => group !== '')
  return groups.length >= 2 && /\d/.test(address) && isIPv6(address) ? address.length : 0
}

/** Whether a telephone number has as many digits as such numbers have: nine with a trunk zero, 15 at most (ITU E.164). */
export function hasPhoneDigits(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '')
  return digits.length >= (digits.startsWith('0') ? 9 : 7) && digits.length <= 15
}
