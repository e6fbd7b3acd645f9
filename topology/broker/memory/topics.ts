import { TopologyError } from '../../definition/errors.ts'
import type { TopicSpec } from '../port.ts'
import { topicMissing } from './errors.ts'
import { PartitionLog } from './partition-log.ts'

/** A topic and the part of its configuration that this broker acts on. Units: ms, bytes. */
export interface MemoryTopic extends TopicSpec {
  readonly logs: readonly PartitionLog[]
  readonly compacts: boolean
  readonly maxMessageBytes: number
  readonly deleteRetentionMs: number
  /** A record may be this much ahead of the broker's clock, and this much behind it. */
  readonly timestampAfterMs: number
  readonly timestampBeforeMs: number
  /** Unset: records stay. */
  readonly retentionMs: number | undefined
}

/** `message.timestamp.after.max.ms` unless a topic sets it, since Kafka 4.0 (KIP-1030). */
const defaultTimestampAfterMs = 3_600_000

/** All topics of one broker. */
export class Topics {
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #maxMessageBytes: number

  /** `maxMessageBytes` holds for topics that do not set `max.message.bytes`. */
  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes
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
    const policy = spec.config['cleanup.policy'] ?? 'delete'
    const retentionMs = policy.includes('delete') ? number(spec, 'retention.ms') : undefined
    this.#topics.set(spec.name, {
      name: spec.name,
      partitions: spec.partitions,
      config: { ...spec.config },
      logs,
      compacts: policy.includes('compact'),
      maxMessageBytes: number(spec, 'max.message.bytes') ?? this.#maxMessageBytes,
      deleteRetentionMs: number(spec, 'delete.retention.ms') ?? 86_400_000,
      timestampAfterMs: number(spec, 'message.timestamp.after.max.ms') ?? defaultTimestampAfterMs,
      timestampBeforeMs: number(spec, 'message.timestamp.before.max.ms') ?? Number.POSITIVE_INFINITY,
      retentionMs: retentionMs === -1 ? undefined : retentionMs,
    })
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

function number(spec: TopicSpec, key: string): number | undefined {
  const text = spec.config[key]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value)) throw invalid(spec.name, `its ${key}`, 'write a whole number')
  return value
}

function invalid(topic: string, what: string, remedy: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', `topic '${topic}' cannot be created, ${what} is not valid: ${remedy}`)
}
