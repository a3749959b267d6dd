import type { Saving } from './simulate-ab-adaptive.ts'
import type { FalseWinners } from './simulate-ab-peeking.ts'

interface Plot {
  readonly falseWinners: readonly FalseWinners[]
  readonly looks: number
  readonly unitsPerLook: number
  readonly savings: readonly Saving[]
}

const WIDTH = 1_000
const HEIGHT = 440
const TOP = 70
const BOTTOM = 370
const LEFT_PANEL = { from: 60, to: 500 }
const RIGHT_PANEL = { from: 740, to: 940 }
/** Told apart by colour-blind eyes as well (Okabe and Ito), and by dashes in print. */
const OURS = '#0072b2'
const USUAL = '#d55e00'
const HIGHEST_SHARE = 0.5

/** Draws how false winners pile up with every look, and the units that adaptive shares save. */
export function plotSimulation(plot: Plot): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...drawFalseWinners(plot),
    ...drawSavings(plot.savings),
    '</svg>',
    '',
  ].join('\n')
}

function drawFalseWinners({ falseWinners, looks, unitsPerLook }: Plot): string[] {
  const { from, to } = LEFT_PANEL
  const x = (look: number) => round(from + (look / looks) * (to - from))
  const y = (share: number) => round(BOTTOM - (share / HIGHEST_SHARE) * (BOTTOM - TOP))
  const line = (firstLooks: readonly number[], colour: string, dashes: string) => {
    const points = Array.from({ length: looks + 1 }, (_none, look) => {
      const found = firstLooks.filter((first) => first <= look).length / firstLooks.length
      return `${x(look)},${y(found)}`
    })
    const style = `fill="none" stroke="${colour}" stroke-width="1.6" stroke-dasharray="${dashes}"`
    return `<polyline points="${points.join(' ')}" ${style}/>`
  }
  const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5]
  const units = [0, 0.25, 0.5, 0.75, 1]
  return [
    text({ x: from, y: 24, size: 16 }, 'No difference at all: tests that named a winner so far'),
    text({ x: from, y: 44, fill: USUAL }, 'usual test at p < 0.05, six kinds of metrics'),
    text({ x: from + 305, y: 44, fill: OURS }, 'ours, the same tests'),
    ...shares.map(
      (share) =>
        `<path d="M${from} ${y(share)}H${to}" stroke="#d0d0d0" stroke-width="0.6"/>` +
        text({ x: from - 8, y: y(share) + 4, anchor: 'end' }, `${Math.round(share * 100)} %`),
    ),
    ...units.map((part) =>
      text(
        { x: x(part * looks), y: BOTTOM + 20, anchor: 'middle' },
        (part * looks * unitsPerLook).toLocaleString('en-US'),
      ),
    ),
    text({ x: (from + to) / 2, y: BOTTOM + 42, anchor: 'middle' }, `units, looked at every ${unitsPerLook}`),
    `<path d="M${from} ${y(0.05)}H${to}" stroke="#404040" stroke-dasharray="5 4"/>`,
    text({ x: to + 6, y: y(0.05) + 4 }, '5 %'),
    ...falseWinners.map(({ naive }) => line(naive, USUAL, '6 2')),
    ...falseWinners.map(({ ours }) => line(ours, OURS, '')),
  ]
}

function drawSavings(savings: readonly Saving[]): string[] {
  const { from, to } = RIGHT_PANEL
  const most = Math.max(...savings.flatMap(({ uniform, adaptive }) => [uniform, adaptive]))
  const height = (BOTTOM - TOP) / Math.max(1, savings.length)
  const bar = (units: number, { at, fill }: { at: number; fill: string }) => {
    const width = round((units / most) * (to - from))
    return (
      `<rect x="${from}" y="${round(at)}" width="${width}" height="16" fill="${fill}"/>` +
      text({ x: from + width + 5, y: round(at) + 13, size: 11 }, units.toLocaleString('en-US'))
    )
  }
  return [
    text({ x: 560, y: 24, size: 16 }, 'Median units until the best of several is found'),
    text({ x: 560, y: 44, fill: USUAL }, 'equal shares'),
    text({ x: 650, y: 44, fill: OURS }, 'adaptive shares'),
    ...savings.flatMap(({ what, uniform, adaptive }, index) => {
      const top = TOP + index * height + height / 2 - 20
      const [head = '', ...rest] = what.split(', ')
      return [
        text({ x: from - 8, y: round(top) + 13, anchor: 'end' }, head),
        text({ x: from - 8, y: round(top) + 31, anchor: 'end', size: 11 }, rest.join(', ')),
        bar(uniform, { at: top, fill: USUAL }),
        bar(adaptive, { at: top + 18, fill: OURS }),
      ]
    }),
  ]
}

interface Place {
  readonly x: number
  readonly y: number
  readonly anchor?: 'end' | 'middle'
  readonly size?: number
  readonly fill?: string
}

function text({ x, y, anchor, size, fill = '#202020' }: Place, content: string): string {
  const style = `${anchor === undefined ? '' : ` text-anchor="${anchor}"`}${size === undefined ? '' : ` font-size="${size}"`}`
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}"${style}>${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
