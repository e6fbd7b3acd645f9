import {
  FatalError,
  MillraceError,
  RetriableError,
  SerdeError,
  TaskCorruptedError,
  TaskMigratedError,
  TopologyError,
} from '../../definition/errors.ts'
import type { TopicPartition } from '../port.ts'

/** A newer producer of the id exists, or the broker has aborted its transaction. Kafka: INVALID_PRODUCER_EPOCH. */
export function fenced(transactionalId: string): TaskMigratedError {
  return new TaskMigratedError(
    'FENCED',
    `producer '${transactionalId}' is fenced by a newer one or by its transaction timeout: open the task again`,
    { context: { transactionalId } },
  )
}

/** The member that commits offsets is not of the group's generation. Kafka: ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID. */
export function generationEnded(group: string): TaskMigratedError {
  return new TaskMigratedError(
    'GENERATION_ENDED',
    `offsets of group '${group}' come from a member that is no longer of its generation: rejoin`,
    { context: { group } },
  )
}

/** EndTxn was not answered. */
export function commitUnknown(transactionalId: string, cause: unknown): TaskMigratedError {
  return new TaskMigratedError(
    'COMMIT_UNKNOWN',
    `the commit of '${transactionalId}' got no answer: open the task again to learn its outcome`,
    { context: { transactionalId }, cause },
  )
}

/** Kafka: MESSAGE_TOO_LARGE. */
export function recordTooLarge({ topic, partition }: TopicPartition, bytes: number, limit: number): SerdeError {
  return new SerdeError(
    'RECORD_TOO_LARGE',
    `the broker refused a record, topic '${topic}' partition ${partition}, MESSAGE_TOO_LARGE (10), "${bytes} bytes are over the limit of ${limit}": raise max.message.bytes, or send less`,
    { context: { topic, bytes, limit } },
  )
}

/** Kafka: INVALID_RECORD. */
export function keyMissing({ topic, partition }: TopicPartition): SerdeError {
  return refusedRecord(
    topic,
    partition,
    `INVALID_RECORD (87), "Compacted topic cannot accept message without key in topic partition ${topic}-${partition}."`,
  )
}

/** Kafka: INVALID_TIMESTAMP. */
export function timestampOutOfRange({ topic, partition }: TopicPartition, from: number, to: number): SerdeError {
  return refusedRecord(topic, partition, `INVALID_TIMESTAMP (32), "its timestamp should be within ${from} and ${to}"`)
}

function refusedRecord(topic: string, partition: number, why: string): SerdeError {
  return new SerdeError(
    'RECORD_REFUSED',
    `the broker refused a record, topic '${topic}' partition ${partition}, ${why}: change the record, or the topic's configuration`,
    { context: { topic, partition } },
  )
}

/** Kafka: UNKNOWN_TOPIC_OR_PARTITION. */
export function topicMissing(topic: string, partition?: number): TopologyError {
  const what = partition === undefined ? `topic '${topic}'` : `partition ${partition} of topic '${topic}'`
  return new TopologyError('TOPIC_MISSING', `${what} does not exist: create it with 'millrace topics apply'`, {
    context: { topic, ...(partition !== undefined && { partition }) },
  })
}

/** Kafka: OFFSET_OUT_OF_RANGE. */
export function outOfRange(topic: string, partition: number, position: number, from: number, to: number) {
  return new TaskCorruptedError(
    'OFFSET_OUT_OF_RANGE',
    `offset ${position} of ${topic}/${partition} is not in the log, which holds ${from} to ${to}: restore the task, or set its offset`,
    { context: { topic, partition, position, earliest: from, latest: to } },
  )
}

/** The caller got no answer. Its request may have taken effect. */
export function unanswered(what: string): RetriableError {
  return new RetriableError('BROKER_UNAVAILABLE', `the broker did not answer ${what}: try again`, {
    context: { unanswered: true },
  })
}

/** The broker answered that it cannot do so now. Nothing has happened. */
export function unavailable(what: string): RetriableError {
  return new RetriableError('BROKER_UNAVAILABLE', `the broker refused ${what} for now: try again`)
}

/** True for the error that `unanswered` makes. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof MillraceError && error.context.unanswered === true
}

/** The port was used against its contract: a defect of the caller. */
export function misused(what: string, remedy: string): FatalError {
  return new FatalError('INTERNAL', `${what}: ${remedy}`)
}
