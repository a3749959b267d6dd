/** Both ends belong to it; an open end is an infinity. */
export interface Interval {
  lower: number
  upper: number
}

/** In the metric's own unit, or relative to control: 0.05 is 5 % more. */
export type Scale = 'absolute' | 'relative'

export const EVERYTHING: Interval = Object.freeze({ lower: -Infinity, upper: Infinity })

/**
 * What treatment − control, or (treatment − control) / control, can be when each lies in its interval: it misses at most
 * when one of the two does, so give each half the level.
 *
 * @param scale relative is for metrics that are never negative: what intervals hold below 0 does not count
 */
export function differenceOfIntervals(control: Interval, treatment: Interval, scale: Scale): Interval {
  if (scale === 'absolute') {
    return { lower: treatment.lower - control.upper, upper: treatment.upper - control.lower }
  }
  if (!(control.upper > 0)) return EVERYTHING
  return {
    lower: control.upper === Infinity ? -1 : Math.max(0, treatment.lower) / control.upper - 1,
    upper: control.lower > 0 ? treatment.upper / control.lower - 1 : Infinity,
  }
}

/** What lies in both, for bounds that are known beforehand. */
export function clampInterval(interval: Interval, bounds: Interval): Interval {
  return {
    lower: Math.min(bounds.upper, Math.max(bounds.lower, interval.lower)),
    upper: Math.max(bounds.lower, Math.min(bounds.upper, interval.upper)),
  }
}
