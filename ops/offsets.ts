import { Command, InvalidArgumentError } from 'commander'
import type { Parts } from '../topology/app/connections.ts'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { buildGraph, type TopologyGraph } from '../topology/definition/graph.ts'
import { jsonOption } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { groupOffsets, type OffsetMove } from './offsets/group-offsets.ts'
import { moveOffsets } from './offsets/move-offsets.ts'
import { parseTarget } from './offsets/target.ts'

interface ListFlags {
  readonly topology?: string
  readonly processor?: string
  readonly json?: boolean
}

interface SetFlags extends ListFlags {
  readonly topic?: string
  readonly partition?: number
  readonly to: string
  readonly yes: boolean
}

/**
 * `offsets list|set`: the place of each processor's group in its inputs, beside the first offset that the topic still has and its
 * end; and another place for a group whose workers are stopped. `set` only says what it would do without `--yes`.
 */
export function offsetsCommand(): Command {
  const command = new Command('offsets').description(
    "show where a topology's groups stand in their inputs, or move them",
  )
  command
    .command('list')
    .description('first, committed and last offset of every input')
    .option('--topology <file>', topologyHelp)
    .option('--processor <name>', 'one processor')
    .addOption(jsonOption())
    .action(list)
  command
    .command('set')
    .description('move the group of a processor; its workers must be stopped')
    .argument('<processor>', 'a processor of the topology')
    .requiredOption(
      '--to <where>',
      'an offset; earliest or latest; +1 or -1 from where it stands; or a time, such as 2026-03-01T10:00:00Z',
    )
    .option('--topic <name>', 'one input')
    .option('--partition <n>', 'one partition', partitionNumber)
    .option('--topology <file>', topologyHelp)
    .option('--yes', 'do it; without this it only says what it would do', false)
    .addOption(jsonOption())
    .action((processor: string, flags: SetFlags) => set(processor, flags))
  return command
}

async function list({ topology, processor, json }: ListFlags): Promise<void> {
  await onGraph(topology, async (graph, parts) => {
    const found = await groupOffsets(graph, parts.broker.admin, processor === undefined ? {} : { processor })
    if (json) return console.log(JSON.stringify(found))
    const rows = found.map(({ group, topic, partition, first, committed, end }) => [
      group,
      topic,
      partition,
      first,
      committed ?? '-',
      end,
      committed === undefined ? '-' : Math.max(0, end - committed),
    ])
    console.log(bareTable(['GROUP', 'TOPIC', 'PARTITION', 'FIRST', 'COMMITTED', 'END', 'BEHIND'], rows))
  })
}

async function set(processor: string, { topology, topic, partition, to, yes, json }: SetFlags): Promise<void> {
  const target = parseTarget(to)
  const choice = {
    processor,
    ...(topic !== undefined && { topic }),
    ...(partition !== undefined && { partition }),
  }
  await onGraph(topology, async (graph, parts) => {
    const moves = await moveOffsets(graph, parts.broker.admin, choice, target, yes)
    if (json) return console.log(JSON.stringify(moves))
    for (const move of moves) console.log(`${yes ? 'moved' : 'would move'} ${text(move)}`)
    if (!yes) console.log('nothing was done: add --yes')
  })
}

function text({ group, topic, partition, from, to }: OffsetMove): string {
  return `group '${group}' in ${topic}/${partition} from ${from ?? 'nowhere'} to ${to}`
}

async function onGraph(
  file: string | undefined,
  work: (graph: TopologyGraph, parts: Parts) => Promise<unknown>,
): Promise<void> {
  const definition = await loadTopology(file)
  buildGraph(definition)
  await onServers('offsets', ['kafka'], async parts => {
    await work(await graphOnCluster(definition, parts.broker.admin), parts)
  })
}

function partitionNumber(text: string): number {
  const partition = Number(text)
  if (text.trim() === '' || !Number.isInteger(partition) || partition < 0)
    throw new InvalidArgumentError('give a partition, from 0')
  return partition
}
