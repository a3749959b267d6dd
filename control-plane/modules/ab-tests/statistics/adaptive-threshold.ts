export interface StoppingPoint {
  /** `practical`: safe in simulation, about three times sooner. `strict`: proven for normal observations. */
  readonly rule: 'practical' | 'strict'
  /** The chance of naming a wrong winner, in (0, 1). */
  readonly delta: number
  readonly arms: number
  readonly leaderPulls: number
  readonly rivalPulls: number
  /** Of all arms. */
  readonly totalPulls: number
}

/**
 * The evidence (nats) that the leader must have over one rival before the search may stop.
 *  - practical: ln((K - 1)(1 + ln t) / delta), a union over the rivals of the threshold in wide use;
 *  - strict: 2 C(ln((K - 1) / delta) / 2) + 2 ln(4 + ln n_L) + 2 ln(4 + ln n_a), of Kaufmann and Koolen,
 *    "Mixture martingales revisited", JMLR 22 (2021), with their C for normal observations and not its approximation.
 */
export function stoppingThreshold(point: StoppingPoint): number {
  const { rule, delta, arms, leaderPulls, rivalPulls, totalPulls } = point
  if (rule === 'practical') return Math.log(((arms - 1) * (1 + Math.log(totalPulls))) / delta)
  const time = 2 * Math.log(4 + Math.log(leaderPulls)) + 2 * Math.log(4 + Math.log(rivalPulls))
  return 2 * gaussianCalibration(Math.log((arms - 1) / delta) / 2) + time
}

/** C(x) = min over l in (1/2, 1) of (g(l) + x) / l, g(l) = 2l - 2l ln(4l) + ln zeta(2l) - ln(1 - l) / 2. */
export function gaussianCalibration(x: number): number {
  return Math.min(...CALIBRATION.map(({ at, value }) => (value + x) / at))
}

/** A grid suffices: any point of it gives a valid bound, and the best of it is within 1e-3 of the least. */
const GRID_STEPS = 400
const CALIBRATION = Array.from({ length: GRID_STEPS - 1 }, (_none, index) => {
  const at = 0.5 + (index + 1) / (2 * GRID_STEPS)
  return {
    at,
    value: 2 * at - 2 * at * Math.log(4 * at) + Math.log(riemannZeta(2 * at)) - Math.log(1 - at) / 2,
  }
})

/** For s > 1, by Euler and Maclaurin: a sum, the integral of its rest and the first corrections. */
function riemannZeta(s: number): number {
  const terms = 20
  let sum = 0
  for (let n = 1; n < terms; n += 1) sum += n ** -s
  const rest = terms ** (1 - s) / (s - 1) + terms ** -s / 2
  return sum + rest + (s * terms ** (-s - 1)) / 12 - (s * (s + 1) * (s + 2) * terms ** (-s - 3)) / 720
}
