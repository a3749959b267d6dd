import { sharesOf, type Slot, type Span } from './health-shares.ts'

/** How soon an endpoint lost its traffic, or had it back. */
export interface Move {
  readonly what: string
  /** When the trouble began, or ended, in seconds. */
  readonly from: number
  /** How long after that; null: it did not come about. */
  readonly seconds: number | null
  readonly limit: number
}

interface Plot {
  readonly slots: readonly Slot[]
  readonly endpoints: readonly string[]
  readonly phases: readonly (Span & { readonly name: string })[]
  readonly moves: readonly Move[]
  /** An endpoint's share when all are well. */
  readonly fair: number
}

const WIDTH = 1_000
const HEIGHT = 460
const LEFT = 60
const RIGHT = 980
const TOP = 70
const BOTTOM = 400
/** Tell apart for colour-blind eyes as well (Okabe and Ito), and by their dashes in print. */
const LINES = [
  { colour: '#0072b2', dashes: '' },
  { colour: '#d55e00', dashes: '7 3' },
  { colour: '#009e73', dashes: '2 3' },
]
const BANDS = ['#ffffff', '#fdeccb', '#eef4fb', '#fbdcd6', '#eef4fb']

/** Draws each endpoint's share of the attempts over time, the phases behind it and the moves on top. */
export function plotHealth({ slots, endpoints, phases, moves, fair }: Plot): string {
  const seconds = phases.at(-1)?.to ?? 1
  const x = (at: number): number => round(LEFT + (at / seconds) * (RIGHT - LEFT))
  const y = (share: number): number => round(BOTTOM - share * (BOTTOM - TOP))
  const scale = { x, y }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text({ x: LEFT, y: 24, size: 16 }, 'Share of one model’s traffic at its three endpoints, by the second'),
    ...phases.map(({ name, from, to }, index) => band(scale, { from, to, name, fill: BANDS[index] ?? '#ffffff' })),
    ...grid(scale, seconds),
    rule(scale, { share: fair / 2, label: 'regained above' }),
    rule(scale, { share: fair / 3, label: 'lost below' }),
    ...endpoints.map((_name, index) => line(scale, slots, index)),
    ...moves.map((move) => moved(scale, move)),
    ...endpoints.map((name, index) => legend(name, index)),
    '</svg>',
    '',
  ].join('\n')
}

interface Scale {
  readonly x: (at: number) => number
  readonly y: (share: number) => number
}

function band({ x, y }: Scale, { from, to, name, fill }: Span & { name: string; fill: string }): string {
  const area = `<rect x="${x(from)}" y="${y(1)}" width="${round(x(to) - x(from))}" height="${round(y(0) - y(1))}" fill="${fill}"/>`
  return area + text({ x: (x(from) + x(to)) / 2, y: TOP - 8, anchor: 'middle' }, name)
}

function grid({ x, y }: Scale, seconds: number): string[] {
  const shares = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (share) =>
      `<path d="M${LEFT} ${y(share)}H${RIGHT}" stroke="#d0d0d0" stroke-width="0.6"/>` +
      text({ x: LEFT - 8, y: y(share) + 4, anchor: 'end' }, `${Math.round(share * 100)} %`),
  )
  const times = Array.from({ length: Math.floor(seconds / 10) + 1 }, (_none, index) => index * 10).map(
    (at) =>
      `<path d="M${x(at)} ${BOTTOM}v5" stroke="#404040"/>` +
      text({ x: x(at), y: BOTTOM + 19, anchor: 'middle' }, `${at} s`),
  )
  return [...shares, ...times]
}

function rule({ y }: Scale, { share, label }: { share: number; label: string }): string {
  return (
    `<path d="M${LEFT} ${y(share)}H${RIGHT}" stroke="#707070" stroke-dasharray="1 4"/>` +
    text({ x: RIGHT - 4, y: y(share) - 4, anchor: 'end', colour: '#606060', size: 11 }, label)
  )
}

function line({ x, y }: Scale, slots: readonly Slot[], endpoint: number): string {
  const { colour, dashes } = lookOf(endpoint)
  const shares = sharesOf(slots, endpoint)
  const points = slots.flatMap(({ to }, index) => {
    const share = shares[index] ?? null
    return share === null ? [] : `${x(to)},${y(share)}`
  })
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`
}

/** An arrow's length along the top: from the trouble's beginning or end to what it brought about. */
function moved({ x, y }: Scale, { from, seconds }: Move): string {
  if (seconds === null) return text({ x: x(from) + 4, y: y(0.94), colour: '#a00000' }, 'never')
  const at = x(from + seconds)
  return (
    `<path d="M${x(from)} ${y(0.9)}H${at}M${at} ${y(0.92)}V${y(0.88)}" stroke="#202020" stroke-width="1.5"/>` +
    text({ x: at + 5, y: y(0.9) + 4 }, `after ${seconds.toFixed(1)} s`)
  )
}

function legend(name: string, index: number): string {
  const left = LEFT + index * 130
  const { colour, dashes } = lookOf(index)
  return (
    `<path d="M${left} ${HEIGHT - 18}h32" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>` +
    text({ x: left + 40, y: HEIGHT - 14 }, `endpoint ${name}`)
  )
}

function lookOf(index: number): { colour: string; dashes: string } {
  return LINES[index % LINES.length] ?? { colour: '#000000', dashes: '' }
}

interface TextLook {
  readonly x: number
  readonly y: number
  readonly anchor?: 'middle' | 'end'
  readonly size?: number
  readonly colour?: string
}

function text({ x, y, anchor, size, colour = '#202020' }: TextLook, words: string): string {
  const look = [anchor ? ` text-anchor="${anchor}"` : '', size ? ` font-size="${size}"` : ''].join('')
  return `<text x="${round(x)}" y="${round(y)}" fill="${colour}"${look}>${words}</text>`
}

function round(number: number): number {
  return Math.round(number * 10) / 10
}
