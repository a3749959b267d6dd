/** Draws that repeat for the same seed: for simulations, tests and Thompson sampling, never for secrets. */
export interface Random {
  /** In [0, 1), in steps of 2^-53. */
  uniform: () => number
  /** Standard normal. */
  normal: () => number
  /** 1 with the given chance, else 0. */
  bernoulli: (chance: number) => 0 | 1
  /** exp(mu + sigma·Z). */
  lognormal: (mu: number, sigma: number) => number
  /** Gamma with the given shape > 0 and scale 1. */
  gamma: (shape: number) => number
}

/**
 * A generator from a seed: sfc32 (Chris Doty-Humphrey's small fast counting generator, from PractRand; period >= 2^32),
 * normals by Box and Muller, gammas by Marsaglia and Tsang (2000).
 *
 * @param seed any number; its lowest 32 bits count
 */
export function createRandom(seed: number): Random {
  const next = sfc32(seed)
  const uniform = () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return {
    uniform,
    normal,
    bernoulli: (chance) => (uniform() < chance ? 1 : 0),
    lognormal: (mu, sigma) => Math.exp(mu + sigma * normal()),
    gamma: (shape) => drawGamma(shape, uniform, normal),
  }
}

function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [0, seed | 0, 0, 1]
  const next = () => {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + result
    c |= 0
    return result >>> 0
  }
  // Its author asks for 12 rounds before use, so that close seeds part.
  for (let round = 0; round < 12; round++) next()
  return next
}

function drawGamma(shape: number, uniform: () => number, normal: () => number): number {
  if (shape < 1) return drawGamma(shape + 1, uniform, normal) * (1 - uniform()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}
