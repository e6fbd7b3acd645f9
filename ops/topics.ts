import { Command } from 'commander'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { compareTopics, type TopicComparison, topicNames } from './topics/topic-differences.ts'

interface TopicsFlags {
  readonly topology?: string
}

/**
 * `topics apply|list`: the topics of a topology, with the partition counts and settings it declares, beside those of the
 * cluster. `apply` creates what is missing and changes nothing that exists. Exit code 1: a topic differs (or, for `list`, is
 * missing).
 */
export function topicsCommand(): Command {
  const command = new Command('topics').description("create a topology's topics, or say what differs")
  for (const [name, summary] of [
    ['list', 'say which topics exist, are missing, or differ'],
    ['apply', 'create what is missing, then say what differs'],
  ] as const) {
    command
      .command(name)
      .description(summary)
      .option('--topology <file>', topologyHelp)
      .action((flags: TopicsFlags) => run(name, flags))
  }
  return command
}

async function run(action: 'list' | 'apply', flags: TopicsFlags): Promise<void> {
  const topology = await loadTopology(flags.topology)
  buildGraph(topology)
  await onServers(`topics ${action}`, ['kafka'], async ({ broker }) => {
    const graph = await graphOnCluster(topology, broker.admin)
    const found = compareTopics(graph, await broker.admin.describeTopics(topicNames(graph)))
    const missing = found.filter(topic => !topic.exists)
    if (action === 'apply') await broker.admin.createTopics(missing.map(topic => topic.wanted))
    print(found, action === 'apply' ? 'created' : 'missing')
    const differs = found.some(topic => topic.differences.length > 0)
    if (differs || (action === 'list' && missing.length > 0)) process.exitCode = 1
  })
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
