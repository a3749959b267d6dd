/**
 * The tokens of WMT's mteval-v13a: punctuation stands alone, except points and commas between digits and dashes that do
 * not follow one. https://github.com/mjpost/sacrebleu/blob/master/sacrebleu/tokenizers/tokenizer_13a.py
 */
export function tokenize13a(text: string): string[] {
  const plain = ENTITIES.reduce((written, [entity, character]) => written.replaceAll(entity, character), text.trimEnd())
  const spaced = ` ${plain} `
    .replaceAll(PUNCTUATION, ' $1 ')
    .replaceAll(/([^0-9])([.,])/g, '$1 $2 ')
    .replaceAll(/([.,])([^0-9])/g, ' $1 $2')
    .replaceAll(/([0-9])(-)/g, '$1 $2 ')
    .trim()
  return spaced === '' ? [] : spaced.split(/\s+/)
}

const ENTITIES = [
  ['<skipped>', ''],
  ['-\n', ''],
  ['\n', ' '],
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
] as const
/** ASCII punctuation but the apostrophe, comma, dash and point. */
const PUNCTUATION = /([{-~[-` -&(-+:-@/])/g
