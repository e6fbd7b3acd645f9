import type { TaskId } from './definition.ts'
import type { SerdeBinding } from './serde.ts'

/**
 * Internal names come from the user's names and never from positions, so that adding an operator never orphans state
 * (KAFKA-9072, KIP-1111). A changed name means lost state, and `topologyDiff` reports it.
 */

/** Shape: `changelogTopic('trading', 'ledgers') === 'trading-ledgers-changelog'`. */
export function changelogTopic(application: string, store: string): string {
  return `${application}-${store}-changelog`
}

/** Shape: `repartitionTopic('word-count', 'by-word') === 'word-count-by-word-repartition'`. */
export function repartitionTopic(application: string, name: string): string {
  return `${application}-${name}-repartition`
}

/** One stable id a task. Shape: `word-count-by-word-3`. */
export function transactionalId(application: string, task: TaskId): string {
  return `${application}-${task.subtopology}-${task.partition}`
}

/** One consumer group a sub-topology. Shape: `word-count-by-word`. */
export function consumerGroup(application: string, subtopology: string): string {
  return `${application}-${subtopology}`
}

/** Shape: `orders.fills.dlq`. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`
}

/**
 * The subject under which the schema registry has the schema of a serde that is used there (`TopicNameStrategy`). Several schemas
 * within one key or value have a subject each, as Kafka Streams names those of a foreign-key join. Shape: `orders-value`,
 * `shop-by-customer-subscriptions-changelog-pk-key`.
 */
export function subjectOf({ topic, component, part }: SerdeBinding): string {
  return component === undefined ? `${topic}-${part}` : `${topic}-${component}-${part}`
}

/** True for a name that only the application itself may give: a changelog or a repartition topic of it. */
export function isInternalTopic(application: string, topic: string): boolean {
  return topic.startsWith(`${application}-`) && (topic.endsWith('-changelog') || topic.endsWith('-repartition'))
}

/** The longest topic name Kafka takes. Source: `org.apache.kafka.common.internals.Topic`. */
const maxTopicNameLength = 249

/** The fault of a name as (a part of) a topic's name; undefined if there is none. Shape: `'has illegal characters'`. */
export function topicNameFault(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return `cannot be '${name}'`
  if (name.length > maxTopicNameLength) return `has ${name.length} characters, Kafka takes ${maxTopicNameLength}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return "may hold only letters, digits, '.', '_' and '-'"
  return undefined
}

/** Kafka refuses a topic that differs from another by '.' and '_' only, as their metrics would collide. */
export function metricName(topic: string): string {
  return topic.replaceAll('.', '_')
}
