import type { NodeDefinition, TopologyDefinition } from '../definition.ts'
import { messageOf } from '../errors.ts'
import {
  changelogTopic,
  deadLetterTopic,
  isInternalTopic,
  metricName,
  repartitionTopic,
  topicNameFault,
} from '../naming.ts'
import type { Problem } from '../problem.ts'
import { sqlTableName } from '../stores/naming.ts'
import type { AnyTopic } from '../topic.ts'

/** Names that break Kafka's or Postgres's rules, and names that two things share. */
export function nameProblems(definition: TopologyDefinition): readonly Problem[] {
  return [
    ...applicationName(definition),
    ...topicNames(definition),
    ...storeNames(definition),
    ...nodeNames(definition.nodes),
  ]
}

function applicationName({ name }: TopologyDefinition): Problem[] {
  const fault = topicNameFault(name)
  if (!fault) return []
  return [
    { message: `topology name '${name}' ${fault}: groups and topics begin with it`, about: about('topology', name) },
  ]
}

function topicNames({ name, topics, nodes }: TopologyDefinition): Problem[] {
  const problems: Problem[] = []
  const problem = (topic: AnyTopic, message: string) => problems.push({ message, about: about('topic', topic.name) })
  const internal = new Set(nodes.flatMap(node => (node.kind === 'repartition' ? [node.topic] : [])))
  const read = new Set(nodes.flatMap(node => (node.kind === 'source' ? node.topics : [])))
  const byName = new Map<string, AnyTopic>()
  const byMetric = new Map<string, AnyTopic>()
  for (const topic of topics) {
    const first = byName.get(topic.name)
    if (first) {
      const difference = topicDifference(first, topic)
      if (difference) problem(topic, `topic '${topic.name}' is declared twice, with ${difference}: declare it once`)
      continue
    }
    byName.set(topic.name, topic)
    const fault = topicNameFault(topic.name) ?? (read.has(topic.name) ? deadLetterFault(topic.name) : undefined)
    if (fault) problem(topic, `topic name '${topic.name}' ${fault}: choose another name`)
    const rival = byMetric.get(metricName(topic.name))
    if (rival) {
      const both = `topics '${rival.name}' and '${topic.name}' differ by '.' and '_' only`
      problem(topic, `${both}, which Kafka refuses: choose another name`)
    }
    byMetric.set(metricName(topic.name), topic)
    if (isInternalTopic(name, topic.name) && !internal.has(topic.name)) {
      problem(topic, `topic '${topic.name}' has the name of an internal topic of '${name}': choose another name`)
    }
    if (topic.partitions !== undefined && !(Number.isSafeInteger(topic.partitions) && topic.partitions > 0)) {
      problem(topic, `topic '${topic.name}' has ${topic.partitions} partitions: write a whole number from 1`)
    }
  }
  return problems
}

function deadLetterFault(topic: string): string | undefined {
  const fault = topicNameFault(deadLetterTopic(topic))
  return fault && `leaves no room for '.dlq' behind it`
}

/** The part on which two declarations of one topic disagree; undefined when they are the same. */
function topicDifference(a: AnyTopic, b: AnyTopic): string | undefined {
  if (a.key?.name !== b.key?.name) return `keys '${a.key?.name}' and '${b.key?.name}'`
  if (a.value?.name !== b.value?.name) return `values '${a.value?.name}' and '${b.value?.name}'`
  if (a.partitions !== b.partitions) return `${a.partitions ?? 'no'} and ${b.partitions ?? 'no'} partitions`
  if (a.timestamp !== b.timestamp) return 'two timestamp extractors'
  if (a.offsetReset !== b.offsetReset) return 'two offset resets'
  const [configA, configB] = [JSON.stringify(a.config ?? {}), JSON.stringify(b.config ?? {})]
  return configA === configB ? undefined : `configurations ${configA} and ${configB}`
}

function storeNames({ name, stores }: TopologyDefinition): Problem[] {
  const problems: Problem[] = []
  const storeByTable = new Map<string, string>()
  for (const { name: store } of stores) {
    const problem = (message: string) => problems.push({ message, about: about('store', store) })
    const fault = topicNameFault(changelogTopic(name, store))
    if (fault && !topicNameFault(name)) problem(`changelog of store '${store}' ${fault}: choose another name`)
    const table = tableOf(store, problem)
    if (table === undefined) continue
    const rival = storeByTable.get(table)
    if (rival === store) problem(`two stores are called '${store}': give each a name of its own`)
    else if (rival) problem(`stores '${rival}' and '${store}' would share the table ${table}: rename one`)
    storeByTable.set(table, store)
  }
  return problems
}

function tableOf(store: string, problem: (message: string) => void): string | undefined {
  try {
    return sqlTableName(store)
  } catch (error) {
    problem(messageOf(error))
    return undefined
  }
}

function nodeNames(nodes: readonly NodeDefinition[]): Problem[] {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const node of nodes) (seen.has(node.name) ? repeated : seen).add(node.name)
  const second = nodes.filter((node, index) => repeated.has(node.name) && nodes.findIndex(sameName(node)) !== index)
  return second
    .filter(node => node.name === node.subtopology || !repeated.has(node.subtopology ?? ''))
    .map(node => ({
      message: `two ${nodeWord(node)} are called '${node.name}': give each a name of its own`,
      ...(node.at && { at: node.at }),
      about: about('node', node.name),
    }))
}

function sameName(node: NodeDefinition): (other: NodeDefinition) => boolean {
  return other => other.name === node.name
}

function nodeWord(node: NodeDefinition): string {
  if (node.kind === 'process') return node.operator === 'processor' ? 'processors' : 'operators'
  return `${node.kind}s`
}

/** The internal topic of a repartition node must be named after it. */
export function repartitionNameProblems({ name, nodes }: TopologyDefinition): readonly Problem[] {
  return nodes.flatMap(node => {
    if (node.kind !== 'repartition') return []
    const at = node.at && { at: node.at }
    const expected = repartitionTopic(name, node.name)
    const fault = topicNameFault(expected)
    if (fault) return [{ message: `repartition name '${node.name}' ${fault}: choose another name`, ...at }]
    if (node.topic === expected) return []
    return [{ message: `repartition '${node.name}' writes '${node.topic}': its topic must be '${expected}'`, ...at }]
  })
}

function about<K extends 'topology' | 'topic' | 'store' | 'node'>(kind: K, name: string) {
  return { kind, name }
}
