import { Command } from 'commander'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import type { Broker } from '../topology/broker/port.ts'
import { buildGraph, type TopologyGraph } from '../topology/definition/graph.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { compareTopics, type TopicComparison, topicNames } from './topics/topic-differences.ts'

interface TopicsFlags extends JsonFlag {
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
    const sub = command
      .command(name)
      .description(summary)
      .option('--topology <file>', topologyHelp)
      .addOption(jsonOption())
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
    const altered = flags.alter ? await alter(graph, broker) : []
    const found = compareTopics(graph, await broker.admin.describeTopics(topicNames(graph)))
    const missing = found.filter(topic => !topic.exists)
    if (action === 'apply') await broker.admin.createTopics(missing.map(topic => topic.wanted))
    const absent = action === 'apply' ? 'created' : 'missing'
    if (flags.json) printJson({ topics: found.map(topic => topicJson(topic, absent)), altered })
    else {
      for (const { topic, key, value } of altered) console.log(`topic '${topic}' ${key} is set to ${value}`)
      print(found, absent)
    }
    const differs = found.some(topic => topic.differences.length > 0)
    if (differs || (action === 'list' && missing.length > 0)) process.exitCode = 1
  })
}

/** Sets what differs, and the size of segments of internal topics. Returns what it set. */
async function alter(graph: TopologyGraph, { admin }: Broker) {
  const wanted = compareTopics(graph, await admin.describeTopics(topicNames(graph)))
  const changes = wanted.flatMap(({ wanted: { name, config }, exists, effective }) => {
    const changed = Object.entries(config).filter(([key, value]) => effective[key] !== value)
    return exists && changed.length > 0 ? [{ name, config: Object.fromEntries(changed) }] : []
  })
  await admin.alterTopics(changes)
  return changes.flatMap(({ name: topic, config }) =>
    Object.entries(config).map(([key, value]) => ({ topic, key, value })),
  )
}

function print(topics: readonly TopicComparison[], absent: string): void {
  const rows = topics.map(topic => [topic.wanted.name, topic.wanted.partitions, topic.kind, stateOf(topic, absent)])
  console.log(bareTable(['TOPIC', 'PARTITIONS', 'KIND', 'STATE'], rows))
  for (const { wanted, differences } of topics) {
    for (const difference of differences) console.log(`topic '${wanted.name}' ${difference}`)
  }
}

function stateOf({ exists, differences }: TopicComparison, absent: string): string {
  return !exists ? absent : differences.length > 0 ? 'differs' : 'exists'
}

function topicJson(topic: TopicComparison, absent: string) {
  const { wanted, kind, differences } = topic
  return { topic: wanted.name, partitions: wanted.partitions, kind, state: stateOf(topic, absent), differences }
}
