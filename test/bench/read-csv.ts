/** Comma-separated values by RFC 4180: cells in quotes may hold commas, line feeds and doubled quotes. */
export function readCsv(text: string, { withHeader = false }: { withHeader?: boolean } = {}): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let isQuoted = false
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index)
    if (isQuoted) {
      if (character !== '"') cell += character
      else if (text[index + 1] === '"') cell += text.charAt((index += 1))
      else isQuoted = false
    } else if (character === '"') {
      isQuoted = true
    } else if (character === ',' || character === '\n') {
      row.push(cell)
      cell = ''
      if (character === '\n') {
        rows.push(row)
        row = []
      }
    } else if (character !== '\r') {
      cell += character
    }
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell])
  return withHeader ? rows : rows.slice(1)
}
