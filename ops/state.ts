import { Command } from 'commander'
import type { Parts } from '../topology/app/connections.ts'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import type { TopicPartition } from '../topology/broker/port.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import { buildGraph, type Subtopology, type TopologyGraph } from '../topology/definition/graph.ts'
import { changelogTopic } from '../topology/definition/naming.ts'
import { chooseProcessors } from '../topology/definition/processor-choice.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { refuseMembers } from './command-line/refuse-members.ts'
import { onServers } from './command-line/servers.ts'

interface StateFlags extends JsonFlag {
  readonly topology?: string
  readonly yes: boolean
  readonly fence?: boolean
}

/**
 * `state wipe|reset`: empties a store's tables, to be restored from its changelog; or starts a processor anew, which loses its state.
 * Both only report what they would do without `--yes`. See runbooks/worker-stopped.md.
 */
export function stateCommand(): Command {
  const command = new Command('state').description("empty tables, or start a processor's state anew")
  const options = (sub: Command) =>
    sub
      .option('--topology <file>', topologyHelp)
      .option('--yes', 'do it; without this it only says what it would do', false)
      .addOption(jsonOption())
  options(command.command('wipe'))
    .argument('<store>', 'a store of the topology')
    .description("empty a store's tables; the tasks restore them from the changelog")
    .option('--fence', 'also while workers run: their tasks are taken over, and open again', false)
    .action((store: string, flags: StateFlags) => onParts(flags, (graph, parts) => wipe(graph, parts, store, flags)))
  options(command.command('reset'))
    .argument('<processor>', 'a processor of the topology')
    .description('delete its changelogs, empty its tables, and set its group to the beginning of its inputs')
    .action((name: string, flags: StateFlags) =>
      onParts(flags, (graph, parts) => reset(graph, parts, name, flags.yes, flags.json)),
    )
  return command
}

/**
 * Takes every task of the store over and empties its rows and checkpoint. With `fence` an owner that runs is fenced, opens its task
 * again and restores the table. Returns the number of tasks. Errors: TopologyError CONFIG_INVALID when the group has members,
 * before anything is said or touched.
 */
export async function wipe(
  graph: TopologyGraph,
  parts: Parts,
  storeName: string,
  { yes, fence = false, json }: Pick<StateFlags, 'yes' | 'fence' | 'json'>,
): Promise<number> {
  const sub = graph.subtopologies.find(each => each.stores.some(store => store.name === storeName))
  if (sub === undefined) {
    const known = graph.subtopologies.flatMap(each => each.stores.map(store => store.name)).join(', ')
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      `topology '${graph.definition.name}' has no store '${storeName}': choose among ${known}`,
    )
  }
  if (!fence) await refuseMembers(sub, parts.broker.admin, 'or take their tasks over with --fence')
  const changelog = changelogTopic(graph.definition.name, storeName)
  const [spec] = await parts.broker.admin.describeTopics([changelog])
  const tasks = spec?.partitions ?? 0
  if (!json)
    console.log(
      `${yes ? 'wiping' : 'would wipe'} '${storeName}' of ${tasks} tasks of '${sub.name}'; ${changelog} stays`,
    )
  if (yes) await wipePartitions(graph, parts, sub, [storeName], [...Array(tasks).keys()])
  if (json) printJson({ applied: yes, store: storeName, processor: sub.name, tasks, changelog })
  return tasks
}

/** Starts a processor anew. Errors: when its group has members, before anything is touched. */
export async function reset(
  graph: TopologyGraph,
  parts: Parts,
  name: string,
  yes: boolean,
  json = false,
): Promise<void> {
  const [sub] = chooseProcessors(graph, [name]) as [Subtopology]
  await refuseMembers(sub, parts.broker.admin)
  const { admin } = parts.broker
  const changelogs = sub.stores.map(store => changelogTopic(graph.definition.name, store.name))
  const specs = await admin.describeTopics([...sub.inputs, ...changelogs])
  const inputs = specs.filter(spec => sub.inputs.includes(spec.name)).flatMap(partitionsOf)
  const standing = specs.filter(spec => changelogs.includes(spec.name))
  const tasks = Math.max(0, ...standing.map(spec => spec.partitions))
  const deleted = standing.map(spec => spec.name)
  if (!json) sayReset(sub, deleted, yes)
  if (!yes) {
    if (json) printJson(resetJson(sub, deleted, yes))
    return
  }
  const starts = await admin.listOffsets(inputs, 'earliest')
  // This comes first, because the broker refuses it while the group has members: one may have joined meanwhile.
  await admin.commitOffsets(
    sub.group,
    inputs.map((partition, index) => ({ ...partition, offset: starts[index]!, metadata: '' })),
  )
  const names = sub.stores.map(store => store.name)
  await wipePartitions(graph, parts, sub, names, [...Array(tasks).keys()])
  await admin.deleteTopics(deleted)
  if (json) printJson(resetJson(sub, deleted, yes))
}

function sayReset({ group, inputs }: Subtopology, deleted: readonly string[], yes: boolean): void {
  console.log(`${yes ? 'setting' : 'would set'} group '${group}' to the beginning of ${inputs.join(', ')}`)
  console.log(`${yes ? 'deleting' : 'would delete'} ${deleted.join(', ') || 'no changelog'}, and its tables' rows`)
}

function resetJson(
  { name: processor, group, inputs }: Subtopology,
  deletedTopics: readonly string[],
  applied: boolean,
) {
  return { applied, processor, group, toBeginningOf: inputs, deletedTopics }
}

/** Takes tasks over and empties their rows and checkpoints of some stores. */
export async function wipePartitions(
  graph: TopologyGraph,
  { storage }: Pick<Parts, 'storage'>,
  sub: Subtopology,
  names: readonly string[],
  partitions: readonly number[],
): Promise<void> {
  for (const partition of partitions) {
    const task = { subtopology: sub.name, partition }
    const owned = await storage.claim({ application: graph.definition.name, task, stores: sub.stores })
    for (const name of names) await owned.wipe(name)
    await owned.release()
  }
}

function partitionsOf({ name, partitions }: { readonly name: string; readonly partitions: number }): TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
}

async function onParts(
  flags: StateFlags,
  work: (graph: TopologyGraph, parts: Parts) => Promise<unknown>,
): Promise<void> {
  const definition = await loadTopology(flags.topology)
  buildGraph(definition)
  await onServers('state', ['kafka', 'postgres'], async parts => {
    await work(await graphOnCluster(definition, parts.broker.admin), parts)
  })
}
