import fc from 'fast-check'
import lande from 'lande'
import { expect, test } from 'vitest'
import { detectLanguage } from '../../../shared/routers/detect-language.ts'
import { DETECTABLE_LANGUAGES, detectableLanguage } from '../../../shared/routers/language-codes.ts'
import { loadLanguageNetwork } from '../../../shared/routers/language-network.ts'

const SENTENCES: readonly (readonly [string, string])[] = [
  ['eng', 'Could you please explain why my invoice shows the same charge twice this month?'],
  ['deu', 'Können Sie mir bitte erklären, warum auf meiner Rechnung derselbe Betrag zweimal steht?'],
  ['fra', 'Pourriez-vous m’expliquer pourquoi le même montant figure deux fois sur ma facture ?'],
  ['spa', '¿Podría explicarme por qué el mismo cargo aparece dos veces en mi factura de este mes?'],
  ['pol', 'Czy możesz mi wyjaśnić, dlaczego na mojej fakturze ta sama opłata pojawia się dwa razy?'],
  ['ita', 'Potrebbe spiegarmi perché sulla mia fattura lo stesso importo compare due volte?'],
  ['nld', 'Kunt u mij uitleggen waarom hetzelfde bedrag twee keer op mijn factuur staat?'],
  ['rus', 'Объясните, пожалуйста, почему в моём счёте одна и та же сумма указана дважды?'],
  ['ukr', 'Поясніть, будь ласка, чому в моєму рахунку одна й та сама сума вказана двічі?'],
  ['bel', 'Растлумачце, калі ласка, чаму ў маім рахунку адна і тая ж сума паказана двойчы?'],
  ['bul', 'Моля, обяснете ми защо в моята фактура една и съща сума е посочена два пъти?'],
  ['srp', 'Молим вас објасните ми зашто се на мом рачуну исти износ јавља два пута, хоћу да знам?'],
  ['ara', 'هل يمكنك أن تشرح لي لماذا يظهر المبلغ نفسه مرتين في فاتورتي هذا الشهر؟'],
  ['hin', 'क्या आप मुझे बता सकते हैं कि मेरे बिल में एक ही राशि दो बार क्यों दिखाई दे रही है?'],
  ['cmn', '请解释一下为什么我的账单上同一笔费用出现了两次'],
  ['jpn', '請求書に同じ料金が二回記載されている理由を教えてください'],
  ['kor', '청구서에 같은 요금이 두 번 나오는 이유를 설명해 주세요'],
  ['ell', 'Μπορείτε να μου εξηγήσετε γιατί η ίδια χρέωση εμφανίζεται δύο φορές;'],
  ['heb', 'האם תוכל להסביר לי מדוע אותו חיוב מופיע פעמיים בחשבונית שלי?'],
]

test.each(SENTENCES)('a sentence is told to be %s', (code, sentence) => {
  const detected = detectLanguage(sentence)
  expect(detected?.code).toBe(code)
  expect(detected?.confidence).toBeGreaterThan(0.8)
  expect(detected?.confidence).toBeLessThanOrEqual(1)
})

test('the network answers as the package does, within the precision of its numbers', () => {
  const network = loadLanguageNetwork()
  const words = fc.constantFrom(...SENTENCES.flatMap(([, sentence]) => sentence.split(' ')), '-', '—', '12', '\n', ' ')
  const text = fc.oneof(
    fc.array(words, { minLength: 1, maxLength: 25 }).map((all) => all.join(' ')),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
  )
  fc.assert(
    fc.property(text, (said) => {
      const ours = network.infer(said, 0)
      const theirs = lande(said)
      const same = theirs.find(([code]) => code === ours?.code)
      expect(ours?.confidence).toBeCloseTo(theirs[0]?.[1] ?? Number.NaN, 3)
      expect(same?.[1]).toBeCloseTo(ours?.confidence ?? Number.NaN, 3)
    }),
  )
})

test.each(['', 'ok', '12 345 67', '!!! ??? ...', 'สวัสดีครับ ผมต้องการความช่วยเหลือ', '🙂🙂🙂🙂🙂'])(
  'nothing is guessed from too little, or of a script that is not known: %s',
  (text) => {
    expect(detectLanguage(text)).toBeNull()
  },
)

test('each language is known by its codes of two and of three letters, in any case', () => {
  const codes = ['de', 'DEU', 'ger', 'zh', 'cmn', 'no', 'nb', 'fa']
  expect(codes.map(detectableLanguage).join(' ')).toBe('deu deu deu cmn cmn nob nob pes')
  expect(['xx', 'constructor', '__proto__', 'pt-BR'].map(detectableLanguage)).toEqual([null, null, null, null])
  const known = lande('').map(([code]) => code)
  expect(DETECTABLE_LANGUAGES.map(detectableLanguage).toSorted()).toEqual(known.toSorted())
})
