import { describe, expect, it } from 'vitest'
import {
  emptyFlag,
  refusalFlag,
  truncationFlag,
} from '../../../control-plane/modules/evaluations/evaluators/answer-flags.ts'
import { embeddingSimilarity } from '../../../control-plane/modules/evaluations/evaluators/embedding-similarity.ts'
import { answerOf } from './answer-of.ts'

describe('refusal', () => {
  it.each([
    "I'm sorry, but I can't assist with that request.",
    'I’m sorry, I cannot help with this.',
    'Sorry, I can’t do that.',
    'As an AI language model, I cannot provide medical advice.',
    'I am unable to generate that content.',
    "I'm not able to discuss this topic.",
    'I must decline to answer this.',
    'I won’t be able to help you with that.',
    "Unfortunately, I can't create images of real people.",
    "This goes against my guidelines, so let's talk about something else.",
    'Es tut mir leid, aber dabei kann ich dir nicht helfen.',
    'Je suis désolé, mais je ne peux pas vous aider.',
    'Lo siento, pero no puedo ayudarte con eso.',
    '抱歉，我无法回答这个问题。',
    '申し訳ございませんが、お答えできません。',
  ])('is seen in: %s', (text) => {
    expect(refusalFlag(answerOf(text)).score).toBe(1)
  })

  it.each([
    'Paris is the capital of France.',
    'I’m sorry to hear that your order was late. Here is what you can do:',
    "I can't wait to show you how this works!",
    'I cannot recommend this restaurant enough.',
    "You can't divide by zero, so the limit is not defined.",
    'I can help with that. First, open the settings.',
    "I couldn't help but smile when she said so.",
    'Sorry seems to be the hardest word, sang Elton John.',
    'This violates our refund policy, section 4.',
    '',
  ])('is not seen in: %s', (text) => {
    expect(refusalFlag(answerOf(text)).score).toBe(0)
  })

  it('is told by the refusal field and by a content filter', () => {
    expect(refusalFlag(answerOf('', { refusal: 'No.' })).score).toBe(1)
    expect(refusalFlag(answerOf('Once upon', { finishReason: 'content_filter' })).score).toBe(1)
  })

  it('is looked for at the beginning only', () => {
    expect(refusalFlag(answerOf(`${'word '.repeat(60)} I can't assist with that.`)).score).toBe(0)
  })
})

describe('truncation and emptiness', () => {
  it('an answer is truncated when it ended at its length, and unknown when nothing was said', () => {
    expect(truncationFlag(answerOf('a', { finishReason: 'length' })).score).toBe(1)
    expect(truncationFlag(answerOf('a')).score).toBe(0)
    expect(truncationFlag(answerOf('a', { finishReason: null })).score).toBeNull()
  })

  it('an answer is empty without text, calls and refusal', () => {
    expect(emptyFlag(answerOf(' \n')).score).toBe(1)
    expect(emptyFlag(answerOf('', { toolCalls: [{ name: 'f', arguments: {} }] })).score).toBe(0)
    expect(emptyFlag(answerOf('', { refusal: 'No.' })).score).toBe(0)
    expect(emptyFlag(answerOf('.')).score).toBe(0)
  })
})

describe('embedding similarity', () => {
  it('is the cosine, rescaled from what unrelated texts have', () => {
    expect(embeddingSimilarity([1, 0], [1, 1], 0).score).toBeCloseTo(Math.SQRT1_2, 12)
    expect(embeddingSimilarity([1, 0], [1, 1], 0.5).score).toBeCloseTo((Math.SQRT1_2 - 0.5) / 0.5, 12)
    expect(embeddingSimilarity([1, 0], [-1, 0], 0).score).toBe(0)
    expect(embeddingSimilarity([3, 4], [6, 8], 0.7).score).toBeCloseTo(1, 12)
  })

  it('holds for the smallest and the largest numbers', () => {
    expect(embeddingSimilarity([1e-200, 0], [1e200, 1e200], 0).score).toBeCloseTo(Math.SQRT1_2, 12)
  })

  it.each([
    ['of different lengths', [1], [1, 2]],
    ['without numbers', [], []],
    ['of zeros', [0, 0], [1, 0]],
    ['with what is no number', [NaN, 1], [1, 0]],
    ['with what is infinite', [Infinity, 1], [1, 0]],
    ['of too many numbers', Array.from({ length: 16_385 }, () => 1), Array.from({ length: 16_385 }, () => 1)],
  ])('embeddings %s are not compared', (_, left, right) => {
    expect(embeddingSimilarity(left, right, 0).score).toBeNull()
  })
})
