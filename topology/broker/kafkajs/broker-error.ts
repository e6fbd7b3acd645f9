import {
  FatalError,
  type MillraceError,
  RetriableError,
  SerdeError,
  TaskMigratedError,
  TopologyError,
} from '../../definition/errors.ts'
import type { TopicPartition } from '../port.ts'
import { codeName, isFenced, isGenerationEnded, isRecordRefused, isTooLarge, kafka } from './protocol/error-code.ts'

/** Errors that no repetition heals: the request itself, or its client, is not one that this broker serves. */
const unsupported = new Set<number>([
  kafka.INVALID_TOPIC,
  kafka.INVALID_REQUIRED_ACKS,
  kafka.INVALID_GROUP_ID,
  kafka.INVALID_SESSION_TIMEOUT,
  kafka.INVALID_COMMIT_OFFSET_SIZE,
  kafka.UNSUPPORTED_VERSION,
  kafka.INVALID_REQUEST,
  kafka.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  kafka.INVALID_TRANSACTION_TIMEOUT,
  kafka.UNSUPPORTED_COMPRESSION_TYPE,
])

const unauthorised = new Set<number>([
  kafka.TOPIC_AUTHORIZATION_FAILED,
  kafka.GROUP_AUTHORIZATION_FAILED,
  kafka.CLUSTER_AUTHORIZATION_FAILED,
  kafka.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
])

/**
 * The error class for a broker's error code. `where` names the topic, group or transactional id; `partition` is set where the error is that of
 * one partition alone.
 *
 * A code that is not known, of a newer broker, says no more than UNKNOWN_SERVER_ERROR does: the request is tried again, as every
 * code is that may pass. Inside a transaction those of sequence numbers, too: nothing is committed, and a new producer starts
 * clean.
 *
 * A producer whose epoch is gone is FENCED, whichever code the broker used. The codes of a fenced and of a timed-out producer are
 * the same; both mean that ownership may be lost.
 */
export function brokerError(code: number, api: string, where: string, partition?: TopicPartition): MillraceError {
  const place = partition && { topic: partition.topic, partition: partition.partition }
  const options = { context: { api, kafkaError: code, ...place } }
  const said = `the broker answered ${codeName(code)} to ${api}, ${where}`
  if (isFenced(code)) {
    return new TaskMigratedError('FENCED', `${said}: a newer owner exists, or the transaction timed out`, options)
  }
  if (isGenerationEnded(code)) {
    return new TaskMigratedError('GENERATION_ENDED', `${said}: the group has members of a newer generation`, options)
  }
  if (isRecordRefused(code)) return recordRefused(code, where, null)
  if (unauthorised.has(code)) {
    return new TopologyError('NOT_AUTHORISED', `${said}: give the user of this client that right`, options)
  }
  if (unsupported.has(code)) {
    return new FatalError('UNSUPPORTED', `${said}: see Kafka's list of protocol errors`, options)
  }
  return new RetriableError('BROKER_UNAVAILABLE', `${said}: try again`, options)
}

/** The error of one record that the broker refused, with the broker's own `message` if it gave one. */
export function recordRefused(code: number, where: string, message: string | null): SerdeError {
  const said = `the broker refused a record, ${where}, ${codeName(code)}${message ? `, "${message}"` : ''}`
  const context = { api: 'Produce', kafkaError: code }
  if (isTooLarge(code)) {
    return new SerdeError('RECORD_TOO_LARGE', `${said}: raise max.message.bytes, or send less`, { context })
  }
  return new SerdeError('RECORD_REFUSED', `${said}: change the record, or the topic's configuration`, { context })
}
