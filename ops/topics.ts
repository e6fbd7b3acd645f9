import { Command } from 'commander'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import type { Broker } from '../topology/broker/port.ts'
import { buildGraph, type TopologyGraph } from '../topology/definition/graph.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { compareTopics, type TopicComparison, topicNames } from './topics/topic-differences.ts'

interface TopicsFlags {
  readonly topology?: string
  readonly alter?: boolean
}

/**
 * `topics apply|list`: the topics of a topology, with the partition counts and settings it declares, beside those of the
 * cluster. `apply` creates what is missing, and with `--alter` sets the settings that differ. Exit code 1: a topic differs (or, for `list`, is
 * missing).
 */
export function topicsCommand(): Command {
  const command = new Command('topics').description("create a topology's topics, or say what differs")
  for (const [name, summary] of [
    ['list', 'say which topics exist, are missing, or differ'],
    ['apply', 'create what is missing, then say what differs'],
  ] as const) {
    const sub = command.command(name).description(summary).option('--topology <file>', topologyHelp)
    if (name === 'apply') sub.option('--alter', 'also set the settings that differ; partition counts stay')
    sub.action((flags: TopicsFlags) => run(name, flags))
  }
  return command
}

async function run(action: 'list' | 'apply', flags: TopicsFlags): Promise<void> {
  const topology = await loadTopology(flags.topology)
  buildGraph(topology)
  await onServers(`topics ${action}`, ['kafka'], async ({ broker }) => {
    const graph = await graphOnCluster(topology, broker.admin)
    if (flags.alter) await alter(graph, broker)
    const found = compareTopics(graph, await broker.admin.describeTopics(topicNames(graph)))
    const missing = found.filter(topic => !topic.exists)
    if (action === 'apply') await broker.admin.createTopics(missing.map(topic => topic.wanted))
    print(found, action === 'apply' ? 'created' : 'missing')
    const differs = found.some(topic => topic.differences.length > 0)
    if (differs || (action === 'list' && missing.length > 0)) process.exitCode = 1
  })
}

/** Sets what differs, and the size of segments of internal topics, and says so. */
async function alter(graph: TopologyGraph, { admin }: Broker): Promise<void> {
  const wanted = compareTopics(graph, await admin.describeTopics(topicNames(graph)))
  const changes = wanted.flatMap(({ wanted: { name, config }, exists, effective }) => {
    const changed = Object.entries(config).filter(([key, value]) => effective[key] !== value)
    return exists && changed.length > 0 ? [{ name, config: Object.fromEntries(changed) }] : []
  })
  await admin.alterTopics(changes)
  for (const { name, config } of changes)
    for (const [key, value] of Object.entries(config)) console.log(`topic '${name}' ${key} is set to ${value}`)
}

function print(topics: readonly TopicComparison[], absent: string): void {
  const rows = topics.map(({ wanted, kind, exists, differences }) => {
    const state = !exists ? absent : differences.length > 0 ? 'differs' : 'exists'
    return [wanted.name, wanted.partitions, kind, state]
  })
  console.log(bareTable(['TOPIC', 'PARTITIONS', 'KIND', 'STATE'], rows))
  for (const { wanted, differences } of topics) {
    for (const difference of differences) console.log(`topic '${wanted.name}' ${difference}`)
  }
}
