import { Command } from 'commander'
import { readAllCheckpoints, type TaskCheckpoint } from '../store/queries.ts'
import type { Parts } from '../topology/app/connections.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { partitionKey } from '../topology/broker/port.ts'
import { buildGraph, type Subtopology, type TopologyGraph } from '../topology/definition/graph.ts'
import { changelogTopic, deadLetterTopic } from '../topology/definition/naming.ts'
import { openDatabase } from './command-line/database.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { openLetters } from './dlq/read-letters.ts'

/** One line of `status`: a task's state in the cluster and the database, whichever worker runs it. */
interface TaskLine {
  readonly task: string
  readonly state: string
  /** Records that its group has not processed. */
  readonly lag: number
  /** When its tables were last written. Units: ms since the epoch; undefined: never. */
  readonly lastCommitAt: number | undefined
  /** Changelog offsets that its tables lack. */
  readonly unapplied: number
  readonly deadLetters: number
}

/**
 * `status`: every task of a topology as Kafka and Postgres know it: lag of its group, whether its tables have caught up
 * with their changelogs, open dead letters of its inputs. Exit code 1: something lags, restores or has open dead letters.
 */
export function statusCommand(): Command {
  return new Command('status')
    .description('lag, state and dead letters of every task')
    .option('--topology <file>', topologyHelp)
    .action(status)
}

async function status(flags: { readonly topology?: string }): Promise<void> {
  const graph = buildGraph(await loadTopology(flags.topology))
  await onServers('status', ['kafka', 'postgres'], (parts, { postgres, schema }) =>
    print(graph, parts, postgres, schema),
  )
}

async function print(graph: TopologyGraph, parts: Parts, url: string, schema: string | undefined): Promise<void> {
  const sql = await openDatabase(url)
  try {
    const checkpoints = await readAllCheckpoints(sql, graph.definition.name, schema)
    const letters = await lettersByPlace(parts)
    const dead = (topic: string, partition: number) => letters.get(partitionKey(topic, partition)) ?? 0
    const linesOfAll = graph.subtopologies.map(sub => linesOf(sub, graph, parts, checkpoints, dead))
    const lines = (await Promise.all(linesOfAll)).flat()
    const rows = lines.map(({ task, state, lag, lastCommitAt, unapplied, deadLetters }) => {
      const last = lastCommitAt === undefined ? '-' : `${age(parts.clock.now() - lastCommitAt)} ago`
      return [task, state, lag, last, unapplied === 0 ? 'current' : `${unapplied} behind`, deadLetters]
    })
    console.log(bareTable(['TASK', 'STATE', 'LAG', 'LAST COMMIT', 'APPLIED', 'DEAD'], rows))
    if (lines.some(line => line.state !== 'ok' || line.deadLetters > 0)) process.exitCode = 1
  } finally {
    await sql.end()
  }
}

async function linesOf(
  sub: Subtopology,
  graph: TopologyGraph,
  { broker }: Parts,
  checkpoints: readonly TaskCheckpoint[],
  dead: (topic: string, partition: number) => number,
): Promise<readonly TaskLine[]> {
  const specs = await broker.admin.describeTopics([...sub.inputs])
  const tasks = Math.max(0, ...specs.map(spec => spec.partitions))
  const lines: TaskLine[] = []
  for (let partition = 0; partition < tasks; partition++) {
    const inputs = sub.inputs.map(topic => ({ topic, partition }))
    const changelogs = sub.stores.map(store => ({
      topic: changelogTopic(graph.definition.name, store.name),
      partition,
    }))
    const [ends, offsets, tails] = await Promise.all([
      broker.admin.listOffsets(inputs, 'latest'),
      broker.admin.committedOffsets(sub.group, inputs),
      broker.admin.listOffsets(changelogs, 'committed'),
    ])
    const own = checkpoints.filter(
      one => one.partition === partition && sub.stores.some(store => store.name === one.store),
    )
    const lag = ends.reduce((sum, end, index) => sum + Math.max(0, end - (offsets[index]?.offset ?? 0)), 0)
    const unapplied = sub.stores.reduce((sum, store, index) => {
      const offset = own.find(one => one.store === store.name)?.offset
      return sum + (offset === undefined ? 0 : Math.max(0, (tails[index] as number) - offset - 1))
    }, 0)
    const restoring = own.some(one => one.restoring)
    const written = Math.max(0, ...own.map(one => (one.offset === undefined ? 0 : one.writtenAt)))
    lines.push({
      task: `${sub.name}_${partition}`,
      state: restoring ? 'restoring' : lag > 0 ? 'lagging' : 'ok',
      lag,
      lastCommitAt: written === 0 ? undefined : written,
      unapplied,
      deadLetters: sub.inputs.reduce((sum, topic) => sum + dead(deadLetterTopic(topic), partition), 0),
    })
  }
  return lines
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
