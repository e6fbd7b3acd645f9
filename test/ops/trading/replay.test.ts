import * as assert from 'uvu/assert'
import { parseBound, readWindow } from '../../../ops/replay/window.ts'
import { shadowBooks } from '../../../ops/trading/replay/shadow-books.ts'
import type { ExecutionReport } from '../../../schemas/trading/generated/execution-report.ts'
import type { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import type { PositionRow } from '../../../schemas/trading/generated/position-row.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const one = 10n ** 18n

/** A fill of 10 at a price, without fees. */
const fill = (execSeq: number, side: 'BUY' | 'SELL', price: bigint): ExecutionReport => ({
  portfolioId: 'p',
  exchange: 'X',
  instrumentId: 'I',
  side,
  orderQty: 10n * one,
  executionId: `e${execSeq}`,
  execType: 'FILL',
  orderId: `o${execSeq}`,
  tradeId: `t${execSeq}`,
  fillId: `e${execSeq}`,
  fillSeq: 1,
  execSeq: BigInt(execSeq),
  lastQty: 10n * one,
  lastPrice: price * one,
  cumQty: 10n * one,
  leavesQty: 0n,
  fee: 0n,
  isTerminal: true,
  executedAt: execSeq,
  sourceEventId: 's',
  limitPrice: null,
})
const row = (report: ExecutionReport): ExecutionRow => ({
  ...report,
  instrumentKey: 'X:I',
  correlationId: 'c',
  quarantine: null,
})
const position = (quantity: bigint, cost: bigint, realisedPnl: bigint, cash: bigint): PositionRow => ({
  portfolioId: 'p',
  instrumentKey: 'X:I',
  exchange: 'X',
  instrumentId: 'I',
  quantity,
  cost,
  realisedPnl,
  fees: 0n,
  cash,
  fills: 2,
  lastExecSeq: 2n,
  markPrice: null,
  markedAt: null,
  markSource: null,
})

suite('replay', test => {
  test('a bound is an offset, a time or milliseconds', () => {
    assert.equal(parseBound('1200'), { offset: 1200 })
    assert.equal(parseBound('1700000000000'), { timestamp: 1_700_000_000_000 })
    assert.equal(parseBound('2024-05-01T00:00:00Z'), { timestamp: Date.UTC(2024, 4, 1) })
    assert.throws(() => parseBound('yesterday'), /give an offset/)
  })

  test('a window is cut by offset for each partition, or by the records own times', async () => {
    const clock = new VirtualClock()
    const broker = new MemoryBroker({ clock })
    const records = [5, 1, 9, 3].map(timestamp => ({
      topic: 't',
      partition: 0,
      timestamp,
      key: null,
      value: Buffer.from('x'),
      headers: [],
    }))
    await clock.resolve(broker.admin.createTopics([{ name: 't', partitions: 2, config: {} }]))
    await clock.resolve((await broker.writer()).send(records))
    const window = async (from: string, to: string) =>
      (await clock.resolve(readWindow('t', parseBound(from), parseBound(to), broker))).map(({ timestamp }) => timestamp)
    assert.equal(await window('1', '3'), [1, 9])
    assert.equal(await window('0', '99'), [5, 1, 9, 3])
    assert.equal(
      (await clock.resolve(readWindow('t', { timestamp: 3 }, { timestamp: 9 }, broker))).map(
        ({ timestamp }) => timestamp,
      ),
      [5, 3],
    )
  })

  test('equal books have no difference', () => {
    // Buy 10 at 5, sell 10 at 7: flat, 20 realised, 20 cash.
    const reports = [fill(1, 'BUY', 5n), fill(2, 'SELL', 7n)]
    const { differences, missing } = shadowBooks(reports, reports.map(row), [position(0n, 0n, 20n * one, 20n * one)])
    assert.equal(differences, [])
    assert.is(missing.size, 0)
  })

  test('an execution that the live books lack, one that differs and the positions they come to are named', () => {
    const reports = [fill(1, 'BUY', 5n), fill(2, 'SELL', 7n)]
    const live = [row(fill(1, 'BUY', 6n))]
    const { differences, missing, incurable } = shadowBooks(reports, live, [
      position(10n * one, 60n * one, 0n, -60n * one),
    ])
    assert.equal([...missing], ['e2'])
    assert.equal(
      differences.map(({ what }) => what),
      ['execution e1', 'execution e2', 'quantity', 'cost', 'realisedPnl', 'cash'],
    )
    assert.equal(
      incurable.map(({ what }) => what),
      ['execution e1'],
      'a row that differs stays so when its report is read again',
    )
    const cash = differences.find(({ what }) => what === 'cash')
    assert.equal([cash?.shadow, cash?.live], ['20', '-60'])
  })

  test('a position that differs although no report is missing cannot be cured by reading reports again', () => {
    const reports = [fill(1, 'BUY', 5n), fill(2, 'SELL', 7n)]
    const { differences, incurable } = shadowBooks(reports, reports.map(row), [position(0n, 0n, 20n * one, 21n * one)])
    assert.equal(incurable, differences)
    assert.equal(
      incurable.map(({ what, shadow, live }) => `${what} ${shadow} ${live}`),
      ['cash 20 21'],
    )
  })

  test('a window is folded over the live executions outside it', () => {
    const { differences } = shadowBooks(
      [fill(2, 'SELL', 7n)],
      [row(fill(1, 'BUY', 5n)), row(fill(2, 'SELL', 7n))],
      [position(0n, 0n, 20n * one, 20n * one)],
    )
    assert.equal(differences, [])
  })
})
