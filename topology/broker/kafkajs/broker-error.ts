import {
  FatalError,
  type MillraceError,
  RetriableError,
  SerdeError,
  TaskMigratedError,
  TopologyError,
} from '../../definition/errors.ts'
import {
  codeName,
  isCoordinatorMoved,
  isFenced,
  isGenerationEnded,
  isProduceRetriable,
  isTooLarge,
  kafka,
} from './protocol/error-code.ts'

const healing = new Set<number>([
  kafka.CONCURRENT_TRANSACTIONS,
  kafka.UNSTABLE_OFFSET_COMMIT,
  kafka.NOT_CONTROLLER,
  kafka.THROTTLING_QUOTA_EXCEEDED,
  kafka.REBALANCE_IN_PROGRESS,
  kafka.OFFSET_NOT_AVAILABLE,
  // Inside a transaction these mean that the producer's state is gone; nothing is committed, and a new producer starts clean.
  kafka.OUT_OF_ORDER_SEQUENCE_NUMBER,
  kafka.DUPLICATE_SEQUENCE_NUMBER,
])

const refused = new Set<number>([29, 30, 31, 53])

/**
 * The error class for a broker's error code. `where` names the topic, group or transactional id.
 *
 * A producer whose epoch is gone is FENCED, whichever code the broker used. The codes of a fenced and of a timed-out producer are
 * the same; both mean that ownership may be lost.
 */
export function brokerError(code: number, api: string, where: string): MillraceError {
  const options = { context: { api, kafkaError: code } }
  const said = `the broker answered ${codeName(code)} to ${api}, ${where}`
  if (isFenced(code)) {
    return new TaskMigratedError('FENCED', `${said}: a newer owner exists, or the transaction timed out`, options)
  }
  if (isGenerationEnded(code)) {
    return new TaskMigratedError('GENERATION_ENDED', `${said}: the group has members of a newer generation`, options)
  }
  if (isProduceRetriable(code) || isCoordinatorMoved(code) || healing.has(code)) {
    return new RetriableError('BROKER_UNAVAILABLE', `${said}: try again`, options)
  }
  if (isTooLarge(code)) {
    return new SerdeError('RECORD_TOO_LARGE', `${said}: raise the topic's max.message.bytes, or send less`, options)
  }
  if (refused.has(code)) {
    return new TopologyError('CONFIG_INVALID', `${said}: the user of this client is not authorised`, options)
  }
  return new FatalError('UNSUPPORTED', `${said}: see Kafka's list of protocol errors`, options)
}
