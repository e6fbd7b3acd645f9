import Table from 'cli-table3'

/** The content of a cell. */
export type Cell = string | number

/** A table without lines, numbers to the right. Shape: `bareTable(['TASK', 'LAG'], [['by-word_0', 3]])`. */
export function bareTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = (column: number) => rows.length > 0 && rows.every(row => typeof row[column] === 'number')
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, column) => (numeric(column) ? 'right' : 'left')),
    chars: { ...bare, middle: ' ' },
  })
  for (const row of rows) table.push([...row])
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}

const bare = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map(name => [name, '']),
)
