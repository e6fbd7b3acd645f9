import Table from 'cli-table3'
import { Command } from 'commander'
import postgres from 'postgres'
import { readAllCheckpoints, type TaskCheckpoint } from '../store/queries.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import { buildGraph, type Subtopology, type TopologyGraph } from '../topology/definition/graph.ts'
import { changelogTopic, deadLetterTopic } from '../topology/definition/naming.ts'
import { connections } from './cluster/state.ts'
import { readConfig } from './config.ts'
import { connectParts, type Parts } from './parts.ts'
import { loadTopology } from './topology-file.ts'

/** One line of `status`: what the cluster and the database say of a task, whoever runs it. */
interface TaskLine {
  readonly task: string
  readonly state: string
  /** Records that its group has not processed. */
  readonly lag: number
  /** Changelog offsets that its tables lack. */
  readonly unapplied: number
  readonly lastApply: string
  readonly deadLetters: number
}

/**
 * `status`: every task of a topology as Kafka and Postgres know it: lag of its group, whether its tables have caught up
 * with their changelogs, dead letters of its inputs. Exit code 1: something lags, restores or lies dead.
 */
export function statusCommand(): Command {
  return new Command('status')
    .description('lag, state and dead letters of every task')
    .option('--topology <file>', 'topology file, .yaml, .ts or .js (default: the trading topology)')
    .action(status)
}

async function status(flags: { readonly topology?: string }): Promise<void> {
  const graph = buildGraph(await loadTopology(flags.topology))
  const { kafka, postgres: database } = await connections()
  if (!kafka || !database)
    throw new TopologyError(
      'CONFIG_INVALID',
      "status needs a Kafka and a Postgres: set KAFKA_BROKERS and DATABASE_URL, or start them with 'cluster up'",
    )
  const parts = await connectParts({ kafka, postgres: database })
  const sql = postgres(database, { max: 1, onnotice: () => {} })
  try {
    const checkpoints = await readAllCheckpoints(sql, graph.definition.name, readConfig().MILLRACE_SCHEMA)
    const lines = (await Promise.all(graph.subtopologies.map(sub => linesOf(sub, graph, parts, checkpoints)))).flat()
    const table = new Table({
      head: ['TASK', 'STATE', 'LAG', 'UNAPPLIED', 'LAST APPLY', 'DEAD'],
      style: { head: [], border: [] },
    })
    for (const line of lines)
      table.push([line.task, line.state, line.lag, line.unapplied, line.lastApply, line.deadLetters])
    console.log(table.toString())
    if (lines.some(line => line.state !== 'ok' || line.deadLetters > 0)) process.exitCode = 1
  } finally {
    await sql.end()
    await parts.close()
  }
}

async function linesOf(
  sub: Subtopology,
  graph: TopologyGraph,
  { broker, clock }: Parts,
  checkpoints: readonly TaskCheckpoint[],
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
    const [ends, offsets, tails, dead] = await Promise.all([
      broker.admin.listOffsets(inputs, 'latest'),
      broker.admin.committedOffsets(sub.group, inputs),
      broker.admin.listOffsets(changelogs, 'committed'),
      broker.admin.listOffsets(
        inputs.map(({ topic }) => ({ topic: deadLetterTopic(topic), partition })),
        'committed',
      ),
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
    const written = Math.max(0, ...own.map(one => one.writtenAt))
    lines.push({
      task: `${sub.name}_${partition}`,
      state: restoring ? 'restoring' : lag > 0 ? 'lagging' : 'ok',
      lag,
      unapplied,
      lastApply: written === 0 ? '-' : `${Math.round((clock.now() - written) / 1_000)} s ago`,
      deadLetters: dead.reduce((sum, end) => sum + end, 0),
    })
  }
  return lines
}
