import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readSignalFile } from '../../../../ops/trading/demo/signal-file.ts'
import { suite } from '../../../support/suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-signals-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const payload = {
  idempotencyKey: 'k1',
  portfolioId: 'alpha-01',
  exchange: 'XNAS',
  instrumentId: 'MSFT',
  side: 'BUY',
  quantity: '10',
}

function read(...lines: readonly unknown[]) {
  const path = join(folder, 'signals.ndjson')
  writeFileSync(path, lines.map(line => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return readSignalFile(path)
}

suite('signal files', test => {
  test('a payload is a signal, with what it leaves out', () => {
    const { signals, bad } = read({ ...payload, occurredAt: '2010-03-01T10:00:00Z' })
    assert.equal(bad, [])
    assert.equal(signals, [
      {
        at: Date.UTC(2010, 2, 1, 10),
        signal: {
          ...payload,
          quantity: 10n * 10n ** 18n,
          signalId: 'k1',
          strategyId: 'file',
          orderType: 'MARKET',
          limitPrice: null,
          referencePrice: null,
          reduceOnly: false,
          validUntil: null,
          timeInForce: null,
        },
      },
    ])
  })

  test('a whole event is its payload at its time', () => {
    const { signals, bad } = read({ eventId: 'e', eventType: 'TradingSignal', occurredAt: 1_000, payload })
    assert.equal(bad, [])
    assert.equal([signals[0]?.at, signals[0]?.signal.idempotencyKey], [1_000, 'k1'])
  })

  test('a signal without a time happened a second after the one before, the first at a fixed date', () => {
    const { signals } = read(payload, { ...payload, occurredAt: 5_000 }, 'no signal', payload)
    assert.equal(
      signals.map(({ at }) => at),
      [Date.UTC(2000, 0, 3), 5_000, 6_000],
    )
  })

  test('bad lines are named with number and reason, and do not stop the rest', () => {
    const { signals, bad } = read('{', '', '[1]', { ...payload, side: 'BYU', quantity: 10 }, { payload: {} }, payload)
    assert.is(signals.length, 1)
    assert.equal(bad.slice(0, 3), [
      { line: 1, reason: 'is not JSON' },
      { line: 3, reason: 'is not a JSON object' },
      { line: 4, reason: "side: must be BUY or SELL; quantity: must be a decimal in quotes, such as '10.5'" },
    ])
    assert.match(bad[3]?.reason ?? '', /^idempotencyKey is missing; portfolioId is missing/)
  })
})
