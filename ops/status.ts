import { Command } from 'commander'
import type { Sql } from 'postgres'
import { readAllCheckpoints, readParked, schemasWith } from '../store/queries.ts'
import type { Parts } from '../topology/app/connections.ts'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { partitionKey } from '../topology/broker/port.ts'
import { buildGraph, type TopologyGraph } from '../topology/definition/graph.ts'
import { openDatabase } from './command-line/database.ts'
import { jsonOption } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { openLetters } from './dlq/read-letters.ts'
import { readCluster } from './status/cluster-reading.ts'
import { type TaskLine, taskLines } from './status/task-lines.ts'

interface StatusFlags {
  readonly topology?: string
  readonly json?: boolean
}

/**
 * `status`: every task of a topology as Kafka and Postgres know it: who runs it, position and lag of its group, whether its
 * tables have caught up with their changelogs, open dead letters of its inputs. Exit code 1: a task has no owner, is
 * rebalancing, lags, restores or has open dead letters, or its tables are not in this schema.
 */
export function statusCommand(): Command {
  return new Command('status')
    .description('owner, lag, state and dead letters of every task')
    .option('--topology <file>', topologyHelp)
    .addOption(jsonOption())
    .action(status)
}

async function status(flags: StatusFlags): Promise<void> {
  const topology = await loadTopology(flags.topology)
  buildGraph(topology)
  await onServers('status', ['kafka', 'postgres'], async (parts, { postgres, schema = 'public' }) => {
    const graph = await graphOnCluster(topology, parts.broker.admin)
    const sql = await openDatabase(postgres)
    try {
      const { lines, problem } = await look(graph, parts, sql, schema)
      if (flags.json) console.log(JSON.stringify({ tasks: lines, problem }))
      else print(lines, problem, parts.clock.now())
      if (problem !== null || lines.some(line => line.state !== 'ok' || line.deadLetters > 0)) process.exitCode = 1
    } finally {
      await sql.end()
    }
  })
}

async function look(graph: TopologyGraph, parts: Parts, sql: Sql, schema: string) {
  const application = graph.definition.name
  const checkpoints = await readAllCheckpoints(sql, application, schema)
  const stores = graph.subtopologies.some(sub => sub.stores.length > 0)
  // Before its first start an application has no checkpoints anywhere: that is no mistake.
  const elsewhere = stores && checkpoints.length === 0 ? await schemasWith(sql, application) : []
  const letters = await lettersByPlace(parts)
  const source = {
    graph,
    cluster: await readCluster(graph, parts.broker),
    checkpoints,
    parked: await readParked(sql, application, schema),
    wrongSchema: elsewhere.length > 0,
    dead: (topic: string, partition: number) => letters.get(partitionKey(topic, partition)) ?? 0,
  }
  const lines = graph.subtopologies.flatMap(sub => taskLines(sub, source))
  const found = elsewhere.map(name => `'${name}'`).join(', ')
  const problem =
    elsewhere.length === 0
      ? null
      : `wrong schema: the tables of '${application}' are not in '${schema}' but in ${found}: set MILLRACE_SCHEMA, or schema in millrace.config.ts`
  return { lines, problem }
}

function print(lines: readonly TaskLine[], problem: string | null, now: number): void {
  const rows = lines.map(({ task, state, owner, member, positions, lag, lastCommitAt, unapplied, deadLetters }) => {
    const last = lastCommitAt === null ? '-' : `${age(now - lastCommitAt)} ago`
    const position = Object.values(positions).map(offset => offset ?? '-')
    const applied = unapplied === 0 ? 'current' : `${unapplied} behind`
    return [task, state, owner ?? '-', position.join(' '), lag, last, applied, deadLetters, member ?? '-']
  })
  const head = ['TASK', 'STATE', 'OWNER', 'POSITION', 'LAG', 'LAST COMMIT', 'APPLIED', 'DEAD', 'MEMBER']
  console.log(bareTable(head, rows))
  for (const { task, parked } of lines)
    if (parked) console.log(`${task} is parked for ${age(now - parked.since)}: ${parked.code}: ${parked.reason}`)
  if (problem !== null) console.log(problem)
}

/** Number of open dead letters in the dead-letter topic of each input partition. */
async function lettersByPlace({ broker }: Parts): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { record } of await openLetters(broker)) {
    const place = partitionKey(record.topic, record.partition)
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  return counts
}

function age(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}
