/** The languages that can be told apart, by ISO 639-3, with their other codes of ISO 639 (one of two letters, macrolanguages). */
const CODES: Readonly<Record<string, readonly string[]>> = {
  afr: ['af'],
  ara: ['ar', 'arb'],
  aze: ['az', 'azj'],
  bel: ['be'],
  ben: ['bn'],
  bul: ['bg'],
  cat: ['ca'],
  ces: ['cs', 'cze'],
  ckb: [],
  cmn: ['zh', 'zho', 'chi'],
  dan: ['da'],
  deu: ['de', 'ger'],
  ell: ['el', 'gre'],
  eng: ['en'],
  est: ['et', 'ekk'],
  eus: ['eu', 'baq'],
  fin: ['fi'],
  fra: ['fr', 'fre'],
  hau: ['ha'],
  heb: ['he'],
  hin: ['hi'],
  hrv: ['hr'],
  hun: ['hu'],
  hye: ['hy', 'arm'],
  ind: ['id'],
  isl: ['is', 'ice'],
  ita: ['it'],
  jpn: ['ja'],
  kat: ['ka', 'geo'],
  kaz: ['kk'],
  kor: ['ko'],
  lit: ['lt'],
  mar: ['mr'],
  mkd: ['mk', 'mac'],
  nld: ['nl', 'dut'],
  nob: ['nb', 'no', 'nor'],
  pes: ['fa', 'fas', 'per'],
  pol: ['pl'],
  por: ['pt'],
  ron: ['ro', 'rum'],
  run: ['rn'],
  rus: ['ru'],
  slk: ['sk', 'slo'],
  spa: ['es'],
  srp: ['sr'],
  swe: ['sv'],
  tgl: ['tl', 'fil'],
  tur: ['tr'],
  ukr: ['uk'],
  vie: ['vi'],
}

const CODE_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(CODES).flatMap(([code, others]) => [code, ...others].map((each) => [each, code] as const)),
)

/** @returns the code of three letters that the detector gives; null: it does not know the language */
export function detectableLanguage(code: string): string | null {
  return CODE_OF.get(code.toLowerCase()) ?? null
}

/** The codes that a person would write. */
export const DETECTABLE_LANGUAGES: readonly string[] = Object.entries(CODES).map(([code, [short]]) => short ?? code)
