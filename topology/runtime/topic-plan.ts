import type { BrokerAdmin, TopicDescription, TopicSpec } from '../broker/port.ts'
import { TopologyError } from '../definition/errors.ts'
import type { Subtopology, TopologyGraph } from '../definition/graph.ts'
import { changelogTopic, deadLetterTopic, isInternalTopic } from '../definition/naming.ts'
import { inheritCounts } from '../definition/partitions.ts'
import { deadLetterHeadroomBytes } from './dead-letter.ts'

/** Kafka's default `max.message.bytes`. Source: `org.apache.kafka.server.config.ServerLogConfigs`. Units: bytes. */
const defaultMaxMessageBytes = 1_048_588
/** Room that a batch of one record needs beside it. Units: bytes. */
const batchHeaderBytes = 512
/** Event time is free: brokers refuse records more than an hour ahead of their clock unless told. Source: KIP-937. */
export const anyTimestamp = { 'message.timestamp.after.max.ms': '9223372036854775807' }

/**
 * Neither compaction nor a purge reaches the segment that is written: with Kafka's 1 GiB a changelog keeps that much of old rows.
 * Source: `org.apache.kafka.streams.processor.internals.InternalTopicConfig`. Units: bytes.
 */
export const internalSegments = { 'segment.bytes': '52428800' }

/** Every topic that a topology needs, with partition counts resolved. */
export interface TopicPlan {
  /** Topics that the user declared. */
  readonly declared: readonly TopicSpec[]
  /** Changelogs, repartition topics and dead-letter topics: created by the worker itself. */
  readonly internal: readonly TopicSpec[]
  /** Those of the internal ones that are for dead letters. */
  readonly deadLetters: readonly TopicSpec[]
  /** Partition counts by topic, declared and internal. */
  readonly partitions: ReadonlyMap<string, number>
  /** Tasks of each sub-topology, by its name. */
  readonly tasks: ReadonlyMap<string, number>
}

/**
 * Works out the topics of a topology. `existing` are those of the cluster: their counts win; for topics that do not exist, the
 * declared count, then the one that `inheritCounts` finds, then `otherwise`.
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
  const deadLetters: TopicSpec[] = []
  const written = new Set(graph.subtopologies.flatMap(sub => sub.sinks.map(sink => sink.topic)))
  for (const topic of graph.topics.values()) {
    const config = { ...(written.has(topic.name) && anyTimestamp), ...topic.config }
    const spec = { name: topic.name, partitions: counts.get(topic.name)!, config }
    if (!isInternalTopic(application, topic.name)) declared.push(spec)
    else
      internal.push({
        ...spec,
        config: { 'cleanup.policy': 'delete', 'retention.ms': '-1', ...internalSegments, ...anyTimestamp, ...config },
      })
  }
  for (const sub of graph.subtopologies) {
    for (const store of sub.stores) {
      const config = { 'cleanup.policy': 'compact', ...internalSegments, ...anyTimestamp, ...store.changelog }
      internal.push({ name: changelogTopic(application, store.name), partitions: tasks.get(sub.name)!, config })
    }
    for (const input of sub.inputs) deadLetters.push(deadLetterSpec(input, tasks.get(sub.name)!, existing))
  }
  const unique = [...new Map([...internal, ...deadLetters].map(spec => [spec.name, spec])).values()]
  const partitions = new Map([...declared, ...unique].map(spec => [spec.name, spec.partitions]))
  return { declared, internal: unique, deadLetters, partitions, tasks }
}

/** Reads which of a topology's topics exist and plans the rest. */
export async function planOnCluster(
  graph: TopologyGraph,
  admin: BrokerAdmin,
): Promise<{ plan: TopicPlan; existing: ReadonlyMap<string, TopicDescription> }> {
  const all = planTopics(graph, new Map())
  const specs = await admin.describeTopics([...all.partitions.keys()])
  const existing = new Map(specs.map(spec => [spec.name, spec]))
  return { plan: planTopics(graph, existing), existing }
}

/** The largest record that a topic takes, given the configuration that holds for it on the cluster. Units: bytes. */
export function maxRecordBytesOf(spec: TopicSpec | undefined): number {
  return Number(settingOf(spec, 'max.message.bytes') ?? defaultMaxMessageBytes) - batchHeaderBytes
}

/** A setting that holds for a topic, from wherever; of one that is only planned, what is declared. Undefined: not known. */
export function settingOf(spec: TopicSpec | TopicDescription | undefined, key: string): string | undefined {
  const effective = spec !== undefined && 'effective' in spec ? spec.effective : undefined
  return effective?.[key] ?? spec?.config[key]
}

function deadLetterSpec(input: string, partitions: number, existing: ReadonlyMap<string, TopicSpec>): TopicSpec {
  const bytes =
    Number(settingOf(existing.get(input), 'max.message.bytes') ?? defaultMaxMessageBytes) + deadLetterHeadroomBytes
  const config = {
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'max.message.bytes': String(bytes),
    ...anyTimestamp,
  }
  return { name: deadLetterTopic(input), partitions, config }
}

/** Known are the cluster's count of a topic, else the declared one; a topic that no rule reaches has `otherwise`. */
function resolveCounts(
  graph: TopologyGraph,
  existing: ReadonlyMap<string, TopicSpec>,
  otherwise: number,
): ReadonlyMap<string, number> {
  const flows = graph.subtopologies.map(({ inputs, sinks }) => ({
    inputs,
    repartitions: sinks.flatMap(sink => (sink.kind === 'repartition' ? [sink.topic] : [])),
  }))
  const known = new Map<string, number>()
  for (const { name, partitions } of graph.definition.topics) {
    const count = existing.get(name)?.partitions ?? partitions
    if (count !== undefined && !known.has(name)) known.set(name, count)
  }
  // A repartition topic keeps its own count when the inputs of its writer get more partitions: only its readers go by it.
  for (const { repartitions } of flows)
    for (const name of repartitions) {
      const count = existing.get(name)?.partitions
      if (count !== undefined && !known.has(name)) known.set(name, count)
    }
  let counts = inheritCounts(flows, known, () => true)
  for (const topic of graph.topics.keys())
    if (!counts.has(topic)) counts = inheritCounts(flows, counts.set(topic, otherwise), () => true)
  return counts
}

function tasksOf(sub: Subtopology, counts: ReadonlyMap<string, number>): number {
  // The topics of a pattern are not known before a cluster is asked.
  if (sub.inputs.length === 0) return 0
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
