import { TopologyError } from '../../definition/errors.ts'
import type { TopicSpec } from '../port.ts'
import { topicMissing } from './errors.ts'
import { PartitionLog } from './partition-log.ts'

/** A topic and the part of its configuration that this broker acts on. Units: ms, bytes. */
export interface MemoryTopic extends TopicSpec {
  readonly logs: readonly PartitionLog[]
  readonly effective: Readonly<Record<string, string>>
  readonly compacts: boolean
  readonly maxMessageBytes: number
  readonly deleteRetentionMs: number
  /** A record may be this much ahead of the broker's clock, and this much behind it. */
  readonly timestampAfterMs: number
  readonly timestampBeforeMs: number
  /** Unset: records stay. */
  readonly retentionMs: number | undefined
}

/** Settings that hold unless the brokers or a topic say otherwise; times of records since Kafka 4.0 (KIP-1030). */
const defaults = {
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'max.message.bytes': '1048588',
  'delete.retention.ms': '86400000',
  'message.timestamp.after.max.ms': '3600000',
  'message.timestamp.before.max.ms': '9223372036854775807',
}

/** All topics of one broker. */
export class Topics {
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #defaults: Readonly<Record<string, string>>

  /** `config` holds for topics that do not set it themselves. */
  constructor(config: Readonly<Record<string, string>>) {
    this.#defaults = { ...defaults, ...config }
  }

  /** Creates a topic; one that exists is left as it is. Errors: TopologyError CONFIG_INVALID. */
  create(spec: TopicSpec): void {
    if (this.#topics.has(spec.name)) return
    if (!/^[\w.-]{1,249}$/.test(spec.name)) throw invalid(spec.name, 'its name', 'use letters, digits, . _ and -')
    if (!Number.isInteger(spec.partitions) || spec.partitions < 1) {
      throw invalid(spec.name, 'its number of partitions', 'give it at least one')
    }
    const logs = Array.from(
      { length: spec.partitions },
      (_, partition) => new PartitionLog({ topic: spec.name, partition }),
    )
    this.#put(spec, logs)
  }

  /** Sets settings of a topic that exists. Errors: TopologyError TOPIC_MISSING, CONFIG_INVALID. */
  alter(name: string, config: Readonly<Record<string, string>>): void {
    const topic = this.get(name)
    this.#put({ name, partitions: topic.partitions, config: { ...topic.config, ...config } }, topic.logs)
  }

  #put(spec: TopicSpec, logs: readonly PartitionLog[]): void {
    const effective = { ...this.#defaults, ...spec.config }
    const policy = effective['cleanup.policy']!
    // Only a topic's own: nothing expires by itself in a test.
    const retentionMs =
      policy.includes('delete') && spec.config['retention.ms'] ? number(spec.name, effective, 'retention.ms') : -1
    this.#topics.set(spec.name, {
      name: spec.name,
      partitions: spec.partitions,
      config: { ...spec.config },
      effective,
      logs,
      compacts: policy.includes('compact'),
      maxMessageBytes: number(spec.name, effective, 'max.message.bytes'),
      deleteRetentionMs: number(spec.name, effective, 'delete.retention.ms'),
      timestampAfterMs: number(spec.name, effective, 'message.timestamp.after.max.ms'),
      timestampBeforeMs: number(spec.name, effective, 'message.timestamp.before.max.ms'),
      retentionMs: retentionMs === -1 ? undefined : retentionMs,
    })
  }

  /** Adds empty partitions up to the count; a topic that has as many is left as it is. Errors: TopologyError TOPIC_MISSING. */
  grow(name: string, partitions: number): void {
    const topic = this.get(name)
    if (topic.partitions >= partitions) return
    const added = Array.from(
      { length: partitions - topic.partitions },
      (_, index) => new PartitionLog({ topic: name, partition: topic.partitions + index }),
    )
    this.#topics.set(name, { ...topic, partitions, logs: [...topic.logs, ...added] })
  }

  delete(name: string): void {
    for (const log of this.#topics.get(name)?.logs ?? []) log.delete()
    this.#topics.delete(name)
  }

  all(): readonly MemoryTopic[] {
    return [...this.#topics.values()]
  }

  find(name: string): MemoryTopic | undefined {
    return this.#topics.get(name)
  }

  /** Errors: TopologyError TOPIC_MISSING. */
  get(name: string): MemoryTopic {
    const topic = this.#topics.get(name)
    if (!topic) throw topicMissing(name)
    return topic
  }

  /** Errors: TopologyError TOPIC_MISSING. */
  log(name: string, partition: number): PartitionLog {
    const log = this.get(name).logs[partition]
    if (!log) throw topicMissing(name, partition)
    return log
  }
}

function number(topic: string, config: Readonly<Record<string, string>>, key: string): number {
  const value = Number(config[key])
  if (!Number.isInteger(value)) throw invalid(topic, `its ${key}`, 'write a whole number')
  return value
}

function invalid(topic: string, what: string, remedy: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', `topic '${topic}' cannot be created, ${what} is not valid: ${remedy}`)
}
