import type { Sql } from 'postgres'
import { executedTrades } from '../../../../store/trading/execution-sim.ts'
import { decisions, riskOrders } from '../../../../store/trading/portfolio-risk.ts'
import { executions, orders, portfolioSnapshots } from '../../../../store/trading/reconciler.ts'

/** The tables that get a row with each signal, order or report, and keep it. */
const growing = [decisions, riskOrders, executedTrades, orders, executions, portfolioSnapshots]

/** Fills the growing tables as if the pipeline had run for long: as many rows again and again under older keys, up to `rows` each. */
export async function addOlderRows(sql: Sql, rows: number): Promise<void> {
  for (const { key, table } of growing) {
    const name = tableNameOf(table)
    const last = key.columns.at(-1)!
    const columns = await sql<{ name: string }[]>`
      select column_name as name from information_schema.columns where table_name = ${name} order by ordinal_position`
    const older =
      last.sql.pg === 'bigint' ? `t."${last.name}" - n::bigint * 1000000000` : `t."${last.name}" || '-' || n`
    const selected = columns.map(column => (column.name === last.name ? older : `t."${column.name}"`)).join(', ')
    const [counted] = await sql.unsafe(`select count(*)::int as n from "${name}"`)
    const times = Math.ceil(rows / Math.max(1, counted?.n as number))
    await sql.unsafe(`insert into "${name}" select ${selected} from "${name}" t, generate_series(1, ${times}) as g(n)`)
    await sql.unsafe(`vacuum analyze "${name}"`)
  }
}

/** Drizzle keeps a table's name under a symbol. */
function tableNameOf(table: object): string {
  return (table as Record<symbol, string>)[Symbol.for('drizzle:Name')] as string
}
