import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { applyFill, flat } from '../../../../processors/domain/books/books.ts'
import type { BooksStores } from '../../../../processors/domain/books/books-stores.ts'
import { checkpointInterval } from '../../../../processors/domain/books/position-fold.ts'
import { reconcilePlacement, reconcileReport } from '../../../../processors/domain/books/reconcile.ts'
import { decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import type { ExecutionReportEvent } from '../../../../schemas/trading/generated/execution-report.ts'
import type { OrderPlaced, OrderPlacedEvent } from '../../../../schemas/trading/generated/order-placed.ts'
import type { OrderRow } from '../../../../schemas/trading/generated/order-row.ts'
import type { PortfolioPriceRow } from '../../../../schemas/trading/generated/portfolio-price-row.ts'
import type { PortfolioRow } from '../../../../schemas/trading/generated/portfolio-row.ts'
import type { PositionRow } from '../../../../schemas/trading/generated/position-row.ts'
import type { QuarantineRow } from '../../../../schemas/trading/generated/quarantine-row.ts'
import { suite } from '../../../support/suite.ts'
import { MapRows } from '../../support/map-rows.ts'
import { report } from '../../support/report.ts'

const zero = 0n

function newBooks() {
  return {
    portfolios: new MapRows<string, PortfolioRow>(),
    positions: new MapRows<readonly [string, string], PositionRow>(),
    marks: new MapRows<readonly [string, string], PortfolioPriceRow>(),
    orders: new MapRows<readonly [string, string], OrderRow>(),
    executions: new MapRows(),
    checkpoints: new MapRows(),
    quarantine: new MapRows<readonly [string, string], QuarantineRow>(),
    snapshots: new MapRows(),
  }
}
type Books = ReturnType<typeof newBooks>
const storesOf = (books: Books) => books as unknown as BooksStores

/** The placement of an order of 10 units. */
function placedOf(orderId: string): OrderPlaced {
  return {
    orderId,
    tradeId: `t-${orderId}`,
    portfolioId: 'p',
    strategyId: 's',
    exchange: 'X',
    instrumentId: 'a',
    side: 'BUY',
    quantity: decimalOf('10'),
    orderType: 'MARKET',
    limitPrice: null,
    status: 'NEW',
    placedAt: 900,
    sourceEventId: 'd',
  }
}

async function reconcile(events: readonly ExecutionReportEvent[], books = newBooks()): Promise<Books> {
  for (const event of events) await reconcileReport(storesOf(books), event)
  return books
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map(rest => [item, ...rest]))
}

const portfolioOf = (books: Books) => books.portfolios.get('p')!

/** Six reports whose fold depends on their order: adds, a part closed, a flip, two parts of one order, an expiry. */
const six = [
  report(1, { lastQty: decimalOf('3'), lastPrice: decimalOf('10'), fee: decimalOf('0.01') }),
  report(2, {
    lastQty: decimalOf('4'),
    lastPrice: decimalOf('11'),
    orderId: 'o2',
    orderQty: decimalOf('9'),
    execType: 'PARTIAL_FILL',
    isTerminal: false,
  }),
  report(3, { side: 'SELL', lastQty: decimalOf('5'), lastPrice: decimalOf('12') }),
  report(4, {
    lastQty: decimalOf('5'),
    lastPrice: decimalOf('13'),
    orderId: 'o2',
    fillSeq: 2,
    orderQty: decimalOf('9'),
  }),
  report(5, { side: 'SELL', lastQty: decimalOf('9'), lastPrice: decimalOf('12.5'), fee: decimalOf('0.02') }),
  report(6, { lastQty: zero, lastPrice: null, fillId: null, execType: 'EXPIRED', orderQty: decimalOf('2') }),
]

suite(
  'Reconciler',
  test => {
    test('all 720 permutations of six reports give one stateHash, and the very same rows', async () => {
      const expected = await reconcile(six)
      const orders = permutations(six)
      assert.is(orders.length, 720)
      for (const events of orders) {
        const books = await reconcile(events)
        assert.is(portfolioOf(books).stateHash, portfolioOf(expected).stateHash)
        assert.equal(books.positions.dump(), expected.positions.dump())
        assert.equal(books.orders.dump(), expected.orders.dump())
        assert.equal(books.executions.dump(), expected.executions.dump())
        assert.equal(portfolioOf(books), portfolioOf(expected))
      }
      // 3 x 10 + 4 x 11 = 74 for 7; 5 closed at 12: releases 52.857142857142857143; then 5 x 13; 9 closed: releases all
      const position = positionOf(expected)
      assert.is(position.quantity, decimalOf('-2'))
      assert.is(position.cost, decimalOf('25'))
      assert.is(portfolioOf(expected).version, 6n)
    })

    test('another set gives another stateHash', async () => {
      const hashes = new Set<string>()
      for (const left of six) hashes.add(portfolioOf(await reconcile(six.filter(event => event !== left))).stateHash)
      hashes.add(portfolioOf(await reconcile(six)).stateHash)
      assert.is(hashes.size, 7)
    })

    test('a repeated report changes nothing and announces nothing', async () => {
      const books = await reconcile(six)
      const before = books.portfolios.dump()
      for (const event of six) assert.is(await reconcileReport(storesOf(books), event), undefined)
      assert.is(books.portfolios.dump(), before)
      assert.is(books.quarantine.dump(), '')
    })

    test('a gap makes the books provisional until the missing report is there', async () => {
      const books = await reconcile([report(1), report(3)])
      assert.equal(
        [portfolioOf(books).throughExecSeq, portfolioOf(books).lastExecSeq, portfolioOf(books).provisional],
        [1n, 3n, true],
      )
      await reconcile([report(2)], books)
      assert.equal([portfolioOf(books).throughExecSeq, portfolioOf(books).provisional], [3n, false])
    })

    test('an overfill is quarantined and touches no state', async () => {
      const first = report(1, {
        lastQty: decimalOf('6'),
        orderQty: decimalOf('10'),
        orderId: 'o',
        isTerminal: false,
        execType: 'PARTIAL_FILL',
      })
      const over = report(2, { lastQty: decimalOf('5'), orderQty: decimalOf('10'), orderId: 'o', fillSeq: 2 })
      const books = await reconcile([first])
      const before = portfolioOf(books)
      assert.is(await reconcileReport(storesOf(books), over), undefined)
      assert.equal(portfolioOf(books), {
        ...before,
        throughExecSeq: 2n,
        lastExecSeq: 2n,
        asOf: over.payload.executedAt,
      })
      assert.equal(
        books.quarantine.all().map(row => [row.executionId, row.reason]),
        [['e2', 'OVERFILL']],
      )
    })

    test('what is overfilled depends on execSeq, not on arrival', async () => {
      const shared = { orderQty: decimalOf('10'), orderId: 'o', isTerminal: false, execType: 'PARTIAL_FILL' }
      const events = [
        report(1, { ...shared, lastQty: decimalOf('6') }),
        report(2, { ...shared, lastQty: decimalOf('5'), fillSeq: 2, lastPrice: decimalOf('90') }),
        report(3, { ...shared, lastQty: decimalOf('4'), fillSeq: 3, lastPrice: decimalOf('80') }),
      ]
      const expected = await reconcile(events)
      assert.equal(
        expected.quarantine.all().map(row => row.executionId),
        ['e2'],
      )
      for (const order of permutations(events)) {
        const books = await reconcile(order)
        assert.equal(portfolioOf(books), portfolioOf(expected))
        assert.equal(books.quarantine.dump(), expected.quarantine.dump())
        assert.equal(books.positions.dump(), expected.positions.dump())
      }
    })

    test('a contradicting duplicate is quarantined, and the first stands', async () => {
      const books = await reconcile([report(1)])
      const before = books.portfolios.dump()
      await reconcile([report(1, { lastPrice: decimalOf('1') })], books)
      assert.is(books.portfolios.dump(), before)
      assert.equal(
        books.quarantine.all().map(row => row.reason),
        ['CONTRADICTION'],
      )
    })

    test('reports after the terminal one, and fills without a price, stay out', async () => {
      const books = await reconcile([
        report(1, { orderId: 'o', orderQty: decimalOf('20'), execType: 'CANCELED' }),
        report(2, { orderId: 'o', orderQty: decimalOf('20'), fillSeq: 2 }),
        report(3, { lastPrice: null }),
      ])
      assert.equal(
        books.quarantine
          .all()
          .map(row => [row.executionId, row.reason])
          .sort(),
        [
          ['e2', 'AFTER_TERMINAL'],
          ['e3', 'MALFORMED'],
        ],
      )
      assert.is(portfolioOf(books).version, 1n)
    })

    test('a placement may come before its reports or after them', async () => {
      const placed: OrderPlacedEvent = { ...report(1), payload: placedOf('o1') }
      const before = newBooks()
      assert.is(await reconcilePlacement(storesOf(before), placed), undefined)
      assert.is(before.orders.get(['p', 'o1'])?.status, 'NEW')
      await reconcile([report(1)], before)
      const after = await reconcile([report(1)])
      await reconcilePlacement(storesOf(after), placed)
      assert.is(before.orders.dump(), after.orders.dump())
      assert.is(after.orders.get(['p', 'o1'])?.status, 'FILLED')
    })

    test('the limit of an order is that of its last replacement, in whatever order placement and reports come', async () => {
      const limited = { ...placedOf('o1'), orderType: 'LIMIT' as const, limitPrice: decimalOf('10') }
      const replaced = { orderId: 'o1', orderQty: decimalOf('10'), lastQty: zero, lastPrice: null, fillId: null }
      const moved = { ...replaced, execType: 'REPLACED', isTerminal: false }
      const events = [
        { ...report(1), payload: limited },
        report(1, { ...moved, fillSeq: 1, limitPrice: decimalOf('9') }),
        report(2, { ...moved, fillSeq: 2, limitPrice: decimalOf('8'), orderQty: decimalOf('4') }),
        // Contradicts: it would add units.
        report(3, { ...moved, fillSeq: 3, limitPrice: decimalOf('7'), orderQty: decimalOf('5') }),
      ]
      for (const order of permutations(events)) {
        const books = newBooks()
        for (const event of order) {
          if ('placedAt' in event.payload) await reconcilePlacement(storesOf(books), event as OrderPlacedEvent)
          else await reconcileReport(storesOf(books), event as ExecutionReportEvent)
        }
        const { limitPrice, quantity, status } = books.orders.get(['p', 'o1'])!
        assert.equal([limitPrice, quantity, status], [decimalOf('8'), decimalOf('4'), 'NEW'])
      }
      const placedAlone = newBooks()
      await reconcilePlacement(storesOf(placedAlone), events[0] as OrderPlacedEvent)
      assert.is(placedAlone.orders.get(['p', 'o1'])?.limitPrice, decimalOf('10'))
    })

    test('a late report among hundreds folds the tail from a checkpoint and gives the plain fold', async () => {
      const step = fc.record({
        side: fc.constantFrom('BUY' as const, 'SELL' as const),
        qty: fc.integer({ min: 1, max: 9 }),
        price: fc.integer({ min: 1, max: 99 }),
      })
      const steps = fc.array(step, { minLength: 3 * checkpointInterval, maxLength: 5 * checkpointInterval })
      const late = fc.array(fc.nat(), { minLength: 1, maxLength: 3 })
      await fc.assert(
        fc.asyncProperty(steps, late, async (drawn, places) => {
          const events = drawn.map(({ side, qty, price }, index) =>
            report(index + 1, { side, lastQty: decimalOf(String(qty)), lastPrice: decimalOf(String(price)) }),
          )
          const held = new Set(places.map(place => events[place % events.length]!))
          const books = await reconcile([...events.filter(event => !held.has(event)), ...held])
          const { quantity, cost, realisedPnl } = drawn
            .map(({ side, qty, price }) => ({
              side,
              quantity: decimalOf(String(qty)),
              price: decimalOf(String(price)),
              fee: zero,
            }))
            .reduce(applyFill, flat)
          const position = positionOf(books)
          assert.equal([position.quantity, position.cost, position.realisedPnl], [quantity, cost, realisedPnl])
          assert.is(books.checkpoints.all().length, Math.floor(events.length / checkpointInterval))
          assert.is(portfolioOf(books).provisional, false)
        }),
        { numRuns: 100 },
      )
    })
  },
  { timeoutMs: 180_000 },
)

function positionOf(books: Books): PositionRow {
  return books.positions.get(['p', 'X:a'])!
}
