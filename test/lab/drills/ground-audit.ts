import { join } from 'node:path'
import postgres from 'postgres'
import { topics } from '../../../processors/topics.ts'
import { readTopics } from '../../../topology/app/topics/read-topics.ts'
import type { TopologyGraph } from '../../../topology/definition/graph.ts'
import { auditTables } from '../audit/tables.ts'
import { auditTradingRecords } from '../audit/trading.ts'
import { auditLogFiles, auditStability } from '../audit/transactions.ts'
import type { TradingGround } from './trading-ground.ts'

/**
 * Looks at the pipeline from outside while it is at rest: one decision for each signal that can be read, every order and report once,
 * books that are the fold of the reports, tables that are their changelogs, no transaction that hangs, no batch after a fence. Returns
 * the problems in words, also when there was nothing to look at.
 */
export async function problemsOf(
  graph: TopologyGraph,
  { servers, outside }: Pick<TradingGround, 'servers' | 'outside'>,
): Promise<readonly string[]> {
  const sql = postgres(servers.postgres, { max: 2, onnotice: () => {} })
  const { folder } = servers.parts.kafka
  try {
    const at = { sql, ...outside }
    const trading = await auditTradingRecords(await readTopics(topics, outside, () => {}), at)
    const tables = await auditTables(graph, at)
    const stability = await auditStability(outside.broker)
    const files = folder === undefined ? undefined : await auditLogFiles(join(folder, 'data'))
    const seen = [trading.decisions, tables.rows, stability.partitions, files?.batches ?? 1]
    return [
      ...trading.problems,
      ...tables.problems,
      ...stability.problems,
      ...(files?.problems ?? []),
      ...(seen.includes(0) ? [`there was nothing to look at: ${seen.join(', ')}`] : []),
    ]
  } finally {
    await sql.end()
  }
}
