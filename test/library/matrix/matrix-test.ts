import * as assert from 'uvu/assert'
import type { Parts } from '../../../topology/app/connections.ts'
import { suite } from '../../support/suite.ts'
import { formats } from './formats.ts'
import { type Cell, isExpected, runMatrix } from './matrix-run.ts'
import { operators } from './operators.ts'

/** Runs every operator in every format on one registry in a worker, and prints the table of cells. */
export function matrixTest(registry: string, connect: () => Promise<Parts>, prefix: string): void {
  suite(
    `operators x serdes on ${registry}`,
    test => {
      test('a record has gone through every operator in every format, and reads back right', async () => {
        const parts = await connect()
        try {
          const cells = await runMatrix(parts, prefix)
          console.log(`\n${tableOf(cells)}\n${cells.filter(isExpected).length} of ${cells.length} cells on ${registry}`)
          assert.is(cells.length, operators.length * formats.length)
          for (const { operator, format, expected, found } of cells)
            assert.equal(found, expected, `${operator}, ${format}`)
        } finally {
          await parts.close()
        }
      })
    },
    { timeoutMs: 390_000 },
  )
}

function tableOf(cells: readonly Cell[]): string {
  const width = Math.max(...operators.map(({ name }) => name.length)) + 2
  const line = (name: string, shown: readonly string[]) =>
    name.padEnd(width) + shown.map(one => one.padEnd(11)).join('')
  const shown = (name: string, format: string) => {
    const cell = cells.find(each => each.operator === name && each.format === format)
    return cell === undefined ? 'missing' : isExpected(cell) ? 'ok' : JSON.stringify(cell.found)
  }
  const names = formats.map(({ name }) => name)
  const rows = operators.map(({ name }) =>
    line(
      name,
      names.map(format => shown(name, format)),
    ),
  )
  return [line('', names), ...rows].join('\n')
}
