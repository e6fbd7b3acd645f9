import { text } from 'drizzle-orm/pg-core'
import postgres, { type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import { json } from '../../schemas/json.ts'
import type { TaskDelta } from '../../store/contract.ts'
import { ApplyStatement } from '../../store/postgres/apply-statement.ts'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { RowStatements, type Statement } from '../../store/postgres/row-statements.ts'
import { sessionSettings } from '../../store/postgres/session-settings.ts'
import { bigint } from '../../store/table-columns.ts'
import { tableStore } from '../../store/table-store.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { windowStore } from '../../topology/definition/stores/window.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

interface Decision {
  readonly portfolio: string
  readonly key: string
  readonly seq: bigint
}

const parts = await realParts({ postgres: true })
/** Its index begins as its key does: to a planner that knows no numbers of rows, one is as good as the other. */
const decisions = tableStore(
  'decisions',
  { portfolio: text().notNull(), key: text().notNull(), seq: bigint().notNull() },
  { key: ['portfolio', 'key'], value: json<Decision>(), ttl: '1d', indexes: [['portfolio', 'seq'], ['seq']] },
)
const bars = windowStore('bars', { key: string, value: int64, retention: '1h' })

/** A node of a plan in JSON. */
interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly PlanNode[]
}

/** The reads of a table in a plan, as the index and its condition. */
function readsOf(plan: PlanNode, table: string): readonly string[] {
  const own =
    plan['Relation Name'] === table && plan['Node Type'].includes('Scan')
      ? [`${plan['Node Type']} ${plan['Index Name']} ${plan['Index Cond'] ?? ''}`]
      : []
  return [...own, ...(plan.Plans ?? []).flatMap(child => readsOf(child, table))]
}

function quotedValue(value: unknown): string {
  return value === null || value === undefined ? 'null' : `'${String(value).replaceAll("'", "''")}'`
}

const applied: TaskDelta = {
  stores: [
    {
      store: 'decisions',
      puts: [{ key: ['p', 'k'], value: [1n], timestamp: 1 }],
      deletes: [['p', 'other']],
    },
  ],
  checkpoints: new Map([['decisions', { previous: undefined, next: 1 }]]),
}

suite('plans of the store statements', test => {
  const ofDecisions = new RowStatements('public', decisions)
  const ofBars = new RowStatements('public', bars)
  const apply = new ApplyStatement('public', [decisions])
  const owner = { application: 'app', partition: 0, epoch: 1 }
  const keys = Array.from({ length: 500 }, (_, index) => ['p1', `new-${index}`])
  /** Statement, its table, the index that it must take, and columns that must be in the index's condition. */
  const cases: readonly (readonly [Statement, string, string, readonly string[]])[] = [
    [ofDecisions.get(0, keys), 'decisions', 'decisions_pkey', ['partition', 'portfolio', 'key']],
    [ofDecisions.prefixes(0, [['p1']]), 'decisions', 'decisions_pkey', ['partition', 'portfolio']],
    [ofDecisions.scan(0, ['p1'], ['p1'], false, 5), 'decisions', 'decisions_pkey', ['partition', 'portfolio']],
    [ofDecisions.scan(0, [], [], true, undefined), 'decisions', 'decisions_pkey', ['partition']],
    [ofDecisions.expired(0, 10, 5), 'decisions', 'decisions_record_timestamp', ['partition', 'record_timestamp']],
    [apply.of(owner, applied), 'decisions', 'decisions_pkey', ['partition', 'portfolio', 'key']],
    [ofBars.get(0, [['a', 1]]), 'bars', 'bars_pkey', ['partition', 'key', 'window_start']],
    [ofBars.prefixes(0, [['a']]), 'bars', 'bars_pkey', ['partition', 'key']],
    [ofBars.scan(0, ['a', 1], ['a', 9], false, 5), 'bars', 'bars_pkey', ['partition', 'key', 'window_start']],
    [ofBars.expired(0, 10, 5), 'bars', 'bars_window_start', ['partition', 'window_start']],
  ]

  /** Explains the prepared statements, and checks that each reads its table by the index and columns that it should. */
  const check = async (sql: Sql, when: string) => {
    for (const [index, [{ parameters }, table, expected, columns]] of cases.entries()) {
      const [row] = await sql.unsafe(
        `explain (format json, costs off) execute q${index}(${parameters.map(quotedValue).join(', ')})`,
      )
      const reads = readsOf(row!['QUERY PLAN'][0].Plan, table)
      const where = `statement ${index}, ${when}: ${JSON.stringify(reads)}`
      assert.is(reads.length, 1, where)
      assert.match(reads[0]!, new RegExp(`^Index (Only )?Scan ${expected}`), where)
      for (const column of columns) assert.match(reads[0]!, new RegExp(`\\b${column}\\b`), where)
    }
  }

  test('each takes its own index: prepared while the tables were empty, without statistics, and with them', async () => {
    const url = await parts.database()
    const storage = postgresStorage({ url, clock: systemClock })
    await storage.migrate('app', [decisions, bars])
    await storage.close()
    const session = () =>
      postgres(url, { max: 1, connection: sessionSettings as never, onnotice: () => {}, fetch_types: false })
    const prepared = async () => {
      const sql = session()
      for (const [index, [{ text }]] of cases.entries()) await sql.unsafe(`prepare q${index} as ${text}`)
      return sql
    }
    const early = await prepared()
    await early.unsafe('alter table decisions set (autovacuum_enabled = off)')
    await early.unsafe('alter table bars set (autovacuum_enabled = off)')
    await check(early, 'empty')
    await early.unsafe(`insert into decisions (partition, portfolio, key, seq, record_timestamp)
      select 0, 'p' || p, 'k' || i, i, 0 from generate_series(1, 4) p, generate_series(1, 5000) i`)
    await early.unsafe(`insert into bars (partition, key, window_start, value, record_timestamp)
      select 0, 'k' || k, i, i, 0 from generate_series(1, 10) k, generate_series(1, 2000) i`)
    await check(early, 'prepared while empty')
    const late = await prepared()
    await check(late, 'without statistics')
    await late.unsafe('analyze decisions')
    await late.unsafe('analyze bars')
    await check(late, 'analyzed')
    await check(early, 'analyzed, prepared while empty')
    await Promise.all([early.end(), late.end()])
  })
})
