import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readPriceFile } from '../../../../ops/trading/prices/price-file.ts'
import { decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import { suite } from '../../../support/suite.ts'

suite('price file', test => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-prices-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))

  test('a price a line, or its whole event; the same line is the same event', () => {
    const path = join(folder, 'prices.ndjson')
    const price = { exchange: 'X', instrumentId: 'a', bid: '9.99', ask: '10.01', occurredAt: '2010-03-01T14:30:00Z' }
    const event = { payload: { exchange: 'X', instrumentId: 'a', last: '10' }, occurredAt: 5 }
    writeFileSync(path, `${JSON.stringify(price)}\n\n${JSON.stringify(event)}\n`)
    const { prices, bad } = readPriceFile(path)
    assert.equal(bad, [])
    const [first, second] = prices
    assert.equal(
      [first!.key, first!.occurredAt, first!.payload.ask, first!.payload.last],
      ['X:a', Date.UTC(2010, 2, 1, 14, 30), decimalOf('10.01'), null],
    )
    assert.equal([second!.occurredAt, second!.payload.last, second!.payload.source], [5, decimalOf('10'), 'file'])
    assert.equal(readPriceFile(path).prices[0]!.eventId, first!.eventId)
  })

  test('a line that is no price is named with its number and reason', () => {
    const path = join(folder, 'bad.ndjson')
    const about = { exchange: 'X', instrumentId: 'a', occurredAt: 5 }
    const lines = [{ ...about }, { ...about, bid: '2', ask: '1' }, { ...about, last: '0' }, { ...about, last: 'x' }, 7]
    writeFileSync(path, lines.map(line => JSON.stringify(line)).join('\n'))
    const { prices, bad } = readPriceFile(path)
    assert.equal(prices, [])
    assert.equal(
      bad.map(({ line }) => line),
      [1, 2, 3, 4, 5],
    )
    assert.match(bad[0]!.reason, 'neither bid nor ask nor last')
    assert.match(bad[1]!.reason, 'bid is above its ask')
    assert.match(bad[2]!.reason, 'not positive')
    assert.match(bad[3]!.reason, 'last')
    assert.match(bad[4]!.reason, 'not a JSON object')
  })
})
