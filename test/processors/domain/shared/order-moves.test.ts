import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import {
  type ExecType,
  endedStatuses,
  orderStatuses,
  statusAfter,
} from '../../../../processors/domain/shared/order-moves.ts'
import { suite } from '../../../support/suite.ts'

suite('moves of orders', test => {
  test('the table of the README is that of the code', () => {
    const rows = readFileSync('processors/README.md', 'utf8')
      .split('\n')
      .filter(line => line.startsWith('| '))
      .map(line =>
        line
          .split('|')
          .slice(1, -1)
          .map(cell => cell.trim()),
      )
    const [, ...kinds] = rows.find(([head]) => head === 'state') ?? []
    assert.is(kinds.length, 6)
    for (const status of orderStatuses) {
      const [, ...cells] = rows.find(([head]) => head === status) ?? []
      assert.equal(
        cells,
        kinds.map(kind => statusAfter(status, kind as ExecType) ?? '-'),
        status,
      )
    }
  })

  test('four states are ends', () => {
    assert.equal(endedStatuses, ['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'])
  })
})
