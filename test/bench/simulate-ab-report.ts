/** One line of the table: what was simulated, what came out, and whether it is as promised. */
export interface Line {
  readonly what: string
  /** In the order of the section's columns. */
  readonly cells: readonly string[]
  /** null: shown for comparison, nothing is promised. */
  readonly holds: boolean | null
}

export interface Section {
  readonly title: string
  readonly columns: readonly string[]
  readonly lines: readonly Line[]
}

/** A section as a table that people read in a terminal and Markdown turns into one. */
export function formatSection({ title, columns, lines }: Section): string {
  const rows = [
    ['', ...columns, 'holds'],
    ...lines.map(({ what, cells, holds }) => [what, ...cells, holds === null ? '' : holds ? 'yes' : 'NO']),
  ]
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const [head = '', ...body] = rows.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [`### ${title}`, '', head, rule, ...body, ''].join('\n')
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}

/** Says on standard error what is going on and since when. */
export function createProgress(now: () => number): (what: string) => void {
  const started = now()
  return (what) => process.stderr.write(`${((now() - started) / 1_000).toFixed(0).padStart(4)} s  ${what}\n`)
}
