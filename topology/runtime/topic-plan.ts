import type { BrokerAdmin, TopicSpec } from '../broker/port.ts'
import { TopologyError } from '../definition/errors.ts'
import type { Subtopology, TopologyGraph } from '../definition/graph.ts'
import { changelogTopic, deadLetterTopic, isInternalTopic } from '../definition/naming.ts'
import { deadLetterHeadroomBytes } from './dead-letter.ts'

/** Kafka's default `max.message.bytes`. Source: `org.apache.kafka.server.config.ServerLogConfigs`. Units: bytes. */
const defaultMaxMessageBytes = 1_048_588
/** Room that a batch of one record needs beside it. Units: bytes. */
const batchHeaderBytes = 512
/** Event time is free: brokers refuse records more than an hour ahead of their clock unless told. Source: KIP-937. */
const anyTimestamp = { 'message.timestamp.after.max.ms': '9223372036854775807' }

/** Every topic that a topology needs, with partition counts resolved. */
export interface TopicPlan {
  /** Topics that the user declared. */
  readonly declared: readonly TopicSpec[]
  /** Changelogs, repartition topics and dead-letter topics: created by the worker itself. */
  readonly internal: readonly TopicSpec[]
  /** Partition counts by topic, declared and internal. */
  readonly partitions: ReadonlyMap<string, number>
  /** Tasks of each sub-topology, by its name. */
  readonly tasks: ReadonlyMap<string, number>
}

/**
 * Works out the topics of a topology. `existing` are those of the cluster: their counts win; for topics that do not exist, the
 * declared count, then the co-partitioned inputs', then the widest writer's, then `otherwise`.
 *
 * Errors: TopologyError COPARTITION_MISMATCH, naming every topic and what to repartition.
 */
export function planTopics(
  graph: TopologyGraph,
  existing: ReadonlyMap<string, TopicSpec>,
  otherwise: number = 1,
): TopicPlan {
  const application = graph.definition.name
  const counts = resolveCounts(graph, existing, otherwise)
  const tasks = new Map(graph.subtopologies.map(sub => [sub.name, tasksOf(sub, counts)]))
  const declared: TopicSpec[] = []
  const internal: TopicSpec[] = []
  const written = new Set(graph.subtopologies.flatMap(sub => sub.sinks.map(sink => sink.topic)))
  for (const topic of graph.topics.values()) {
    const config = { ...(written.has(topic.name) && anyTimestamp), ...topic.config }
    const spec = { name: topic.name, partitions: counts.get(topic.name)!, config }
    if (!isInternalTopic(application, topic.name)) declared.push(spec)
    else
      internal.push({
        ...spec,
        config: { 'cleanup.policy': 'delete', 'retention.ms': '-1', ...anyTimestamp, ...config },
      })
  }
  for (const sub of graph.subtopologies) {
    for (const store of sub.stores) {
      const config = { 'cleanup.policy': 'compact', ...anyTimestamp, ...store.changelog }
      internal.push({ name: changelogTopic(application, store.name), partitions: tasks.get(sub.name)!, config })
    }
    for (const input of sub.inputs) internal.push(deadLetterSpec(input, tasks.get(sub.name)!, existing))
  }
  const unique = [...new Map(internal.map(spec => [spec.name, spec])).values()]
  const partitions = new Map([...declared, ...unique].map(spec => [spec.name, spec.partitions]))
  return { declared, internal: unique, partitions, tasks }
}

/** Reads which of a topology's topics exist and plans the rest. */
export async function planOnCluster(
  graph: TopologyGraph,
  admin: BrokerAdmin,
): Promise<{ plan: TopicPlan; existing: ReadonlyMap<string, TopicSpec> }> {
  const all = planTopics(graph, new Map())
  const specs = await admin.describeTopics([...all.partitions.keys()])
  const existing = new Map(specs.map(spec => [spec.name, spec]))
  return { plan: planTopics(graph, existing), existing }
}

/** The largest record that a topic takes, given its configuration on the cluster. Units: bytes. */
export function maxRecordBytesOf(spec: TopicSpec | undefined): number {
  return Number(spec?.config['max.message.bytes'] ?? defaultMaxMessageBytes) - batchHeaderBytes
}

function deadLetterSpec(input: string, partitions: number, existing: ReadonlyMap<string, TopicSpec>): TopicSpec {
  const bytes =
    Number(existing.get(input)?.config['max.message.bytes'] ?? defaultMaxMessageBytes) + deadLetterHeadroomBytes
  const config = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'max.message.bytes': String(bytes),
    ...anyTimestamp,
  }
  return { name: deadLetterTopic(input), partitions, config }
}

function resolveCounts(
  graph: TopologyGraph,
  existing: ReadonlyMap<string, TopicSpec>,
  otherwise: number,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (const topic of graph.topics.values()) {
    const known = existing.get(topic.name)?.partitions ?? topic.partitions
    if (known !== undefined) counts.set(topic.name, known)
  }
  let settled = false
  while (!settled) {
    settled = true
    for (const topic of graph.topics.keys()) {
      if (counts.has(topic)) continue
      const inferred = fromReaders(topic, graph, counts) ?? fromWriters(topic, graph, counts)
      if (inferred === undefined) continue
      counts.set(topic, inferred)
      settled = false
    }
    if (!settled) continue
    const open = [...graph.topics.keys()].find(topic => !counts.has(topic))
    if (open === undefined) break
    counts.set(open, otherwise)
    settled = false
  }
  return counts
}

function fromReaders(topic: string, graph: TopologyGraph, counts: ReadonlyMap<string, number>): number | undefined {
  for (const sub of graph.subtopologies) {
    if (!sub.inputs.includes(topic)) continue
    const other = sub.inputs.find(input => counts.has(input))
    if (other !== undefined) return counts.get(other)
  }
  return undefined
}

/** Only internal topics follow their writers: a user's topic of unknown size is not made as wide as its source. */
function fromWriters(topic: string, graph: TopologyGraph, counts: ReadonlyMap<string, number>): number | undefined {
  if (!isInternalTopic(graph.definition.name, topic)) return undefined
  const writers = graph.subtopologies.filter(sub => sub.sinks.some(sink => sink.topic === topic))
  const widths = writers.map(sub => sub.inputs.map(input => counts.get(input)).find(count => count !== undefined))
  return widths.length > 0 && widths.every(width => width !== undefined) ? Math.max(...(widths as number[])) : undefined
}

function tasksOf(sub: Subtopology, counts: ReadonlyMap<string, number>): number {
  const widths = sub.inputs.map(input => counts.get(input)!)
  const most = Math.max(...widths)
  if (widths.every(width => width === most)) return most
  const list = sub.inputs.map(input => `${input} (${counts.get(input)})`).join(', ')
  const narrow = sub.inputs.filter(input => counts.get(input) !== most)
  throw new TopologyError(
    'COPARTITION_MISMATCH',
    `inputs of '${sub.name}' have different partition counts: ${list}: repartition ${narrow.map(name => `'${name}'`).join(', ')} to ${most} partitions, or create the topics with equal counts`,
    { context: { subtopology: sub.name } },
  )
}
