import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { readVersionsAfter } from '../../../gateway/trading/reads/history-reads.ts'
import type { PortfolioCut } from '../../../gateway/trading/reads/portfolio-cut.ts'
import { listFills, listOrders, listTrades } from '../../../gateway/trading/reads/portfolio-lists.ts'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import { postgresStorage } from '../../../store/postgres/postgres-storage.ts'
import { decisions } from '../../../store/trading/portfolio-risk.ts'
import { executions, orders, portfolioSnapshots } from '../../../store/trading/reconciler.ts'
import type { AnyStore } from '../../../topology/definition/store.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { snapshot as books, fills, order, cut as stub, trade } from './support/stub-reads.ts'

/*
 * A portfolio with a long history: each page must cost what a page costs, not what the portfolio holds.
 */

const rowsEach = 3_000
const { database } = await realParts({ postgres: true })
const url = await database()
const asked: { query: string; parameters: unknown[] }[] = []
const sql = postgres(url, {
  max: 1,
  onnotice: () => {},
  debug: (_, query, parameters) => void asked.push({ query, parameters }),
})
const snapshot = { sql, db: drizzle(sql) }
const of = (partition: number, portfolioId: string): PortfolioCut => ({
  ...stub,
  portfolioId,
  books: { partition, row: { ...stub.books!.row, portfolioId, version: BigInt(rowsEach) } },
  risk: { partition, row: { ...stub.risk!.row, portfolioId } },
})
const cut = of(0, 'p-1')

const at = Date.parse('2010-01-01T00:00:00Z')
const minutes = (n: number) => at + n * 60_000
/** Row n of each store; every seventh order is not placed yet. */
const rows: readonly [AnyStore, (n: number, portfolioId: string) => object][] = [
  [
    orders,
    (n, portfolioId) => ({ ...order, portfolioId, orderId: id(n), placedAt: n % 7 === 0 ? null : minutes(n % 1_000) }),
  ],
  [
    decisions,
    (n, portfolioId) => ({ ...trade, portfolioId, idempotencyKey: id((n * 7_919) % rowsEach), riskSeq: BigInt(n + 1) }),
  ],
  [executions, (n, portfolioId) => ({ ...fills[0], portfolioId, execSeq: BigInt(n + 1) })],
  [portfolioSnapshots, (n, portfolioId) => ({ ...books, portfolioId, at: minutes(n * 60), version: BigInt(n + 1) })],
]

function id(n: number): string {
  return String(n).padStart(6, '0')
}

/** The statement that the work sends last, explained with its parameters. */
async function planOf(work: () => Promise<unknown>): Promise<string> {
  asked.length = 0
  await work()
  const { query, parameters } = asked.at(-1)!
  const plan = await sql.unsafe(`explain (analyze, costs off, timing off) ${query}`, parameters as never[])
  return plan.map(row => row['QUERY PLAN']).join('\n')
}

/** A state of the books that was seen, after all prices. */
const seen = (version: number) => ({ version: BigInt(version), at: minutes(1_000_000) })

suite('plans of the lists', test => {
  test.before(async () => {
    const storage = postgresStorage({ url, clock: systemClock })
    const stores = rows.map(([store]) => store)
    await storage.migrate('trading', stores)
    const task = await storage.claim({ application: 'trading', task: { subtopology: 's', partition: 0 }, stores })
    for (const [store, row] of rows)
      for (const portfolioId of ['p-0', 'p-1', 'p-2'])
        await task.apply({
          stores: [
            {
              store: store.name,
              puts: Array.from({ length: rowsEach }, (_, n) => {
                const made = row(n, portfolioId) as Record<string, unknown>
                const value = store.value.split(made)
                const fields = Object.keys((store as typeof orders).table).filter(field => field in made)
                const key = store.key.columns.map(({ name }) => {
                  const field = fields.find(one => (store as typeof orders).table[one as 'orderId'].name === name)
                  return made[field!]
                })
                return { key, value, timestamp: 0 }
              }),
              deletes: [],
            },
          ],
          checkpoints: new Map(),
        })
    await storage.close()
    await sql.unsafe('analyze')
  })
  test.after(() => sql.end())

  const page = { limit: 51 }
  const cases: readonly [string, () => Promise<unknown>][] = [
    ['orders', () => listOrders(snapshot, cut, {}, { ...page, after: undefined })],
    [
      'orders, a page in the middle',
      () => listOrders(snapshot, cut, {}, { ...page, after: { placedAt: minutes(500), orderId: id(1_500) } }),
    ],
    ['trades', () => listTrades(snapshot, cut, {}, { ...page, after: undefined })],
    ['trades, a page in the middle', () => listTrades(snapshot, cut, {}, { ...page, after: 1_500n })],
    ['fills, a page in the middle', () => listFills(snapshot, cut, {}, { ...page, after: 1_500n })],
    ['versions, the newest', () => readVersionsAfter(snapshot, cut, seen(rowsEach - 5), 200)],
  ]
  for (const [name, work] of cases)
    test(`${name}: by an index, and of no more rows than the page has`, async () => {
      const plan = await planOf(work)
      assert.not.match(plan, 'Seq Scan', plan)
      const read = [...plan.matchAll(/Scan.*rows=(\d+)/g)].reduce((sum, [, rows]) => sum + Number(rows), 0)
      assert.ok(read > 0 && read <= 60, `${read} rows were read\n${plan}`)
    })

  test('a stream that has seen the newest version asks nothing of the snapshots', async () => {
    asked.length = 0
    assert.equal(await readVersionsAfter(snapshot, cut, seen(rowsEach), 200), [])
    assert.equal(asked, [])
  })

  test('pages of orders follow each other through all, the ones not placed yet first', async () => {
    const seen: OrderRow[] = []
    let after: { placedAt: number | null; orderId: string } | undefined
    for (;;) {
      const found = await listOrders(snapshot, cut, {}, { limit: 97, after })
      if (found.length === 0) break
      seen.push(...found)
      const { placedAt, orderId } = found.at(-1)!
      after = { placedAt, orderId }
    }
    const expected = Array.from({ length: rowsEach }, (_, n) => ({
      orderId: id(n),
      placedAt: n % 7 === 0 ? Number.POSITIVE_INFINITY : minutes(n % 1_000),
    })).sort((a, b) => (a.placedAt === b.placedAt ? (a.orderId < b.orderId ? 1 : -1) : b.placedAt - a.placedAt))
    assert.equal(
      seen.map(({ orderId }) => orderId),
      expected.map(({ orderId }) => orderId),
    )
  })
})
