/** The error codes that this adapter decides on. Source: org.apache.kafka.common.protocol.Errors. */
export const kafka = {
  UNKNOWN_SERVER_ERROR: -1,
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  REPLICA_NOT_AVAILABLE: 9,
  MESSAGE_TOO_LARGE: 10,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  INVALID_TOPIC: 17,
  INVALID_REQUIRED_ACKS: 21,
  ILLEGAL_GENERATION: 22,
  INVALID_GROUP_ID: 24,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  INVALID_COMMIT_OFFSET_SIZE: 28,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_TIMESTAMP: 32,
  UNSUPPORTED_VERSION: 35,
  TOPIC_ALREADY_EXISTS: 36,
  NOT_CONTROLLER: 41,
  INVALID_REQUEST: 42,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  INVALID_TRANSACTION_TIMEOUT: 50,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  OPERATION_NOT_ATTEMPTED: 55,
  KAFKA_STORAGE_ERROR: 56,
  UNKNOWN_PRODUCER_ID: 59,
  GROUP_ID_NOT_FOUND: 69,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  OFFSET_NOT_AVAILABLE: 78,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  INVALID_RECORD: 87,
  UNSTABLE_OFFSET_COMMIT: 88,
  THROTTLING_QUOTA_EXCEEDED: 89,
  PRODUCER_FENCED: 90,
  TRANSACTIONAL_ID_NOT_FOUND: 105,
  TRANSACTION_ABORTABLE: 120,
} as const

const names = new Map<number, string>(Object.entries(kafka).map(([name, code]) => [code, name]))

/** Shape: `'NOT_COORDINATOR (16)'`, `'error code 200'`. */
export function codeName(code: number): string {
  const name = names.get(code)
  return name === undefined ? `error code ${code}` : `${name} (${code})`
}

const leaderMoved = new Set<number>([
  kafka.UNKNOWN_TOPIC_OR_PARTITION,
  kafka.LEADER_NOT_AVAILABLE,
  kafka.NOT_LEADER_OR_FOLLOWER,
  kafka.REPLICA_NOT_AVAILABLE,
  kafka.NETWORK_EXCEPTION,
  kafka.KAFKA_STORAGE_ERROR,
  kafka.FENCED_LEADER_EPOCH,
  kafka.UNKNOWN_LEADER_EPOCH,
])

/** Another node leads the partition, or soon will: ask for metadata and try again. */
export function isLeaderMoved(code: number): boolean {
  return leaderMoved.has(code)
}

/** The coordinator is elsewhere, or still loading its log: look it up and try again. */
export function isCoordinatorMoved(code: number): boolean {
  return (
    code === kafka.COORDINATOR_LOAD_IN_PROGRESS ||
    code === kafka.COORDINATOR_NOT_AVAILABLE ||
    code === kafka.NOT_COORDINATOR
  )
}

/** The batch is over `max.message.bytes` of its topic; nothing of it was appended. */
export function isTooLarge(code: number): boolean {
  return code === kafka.MESSAGE_TOO_LARGE || code === kafka.RECORD_LIST_TOO_LARGE
}

/**
 * The broker takes everything of the batch but a record that it can never take: nothing of the batch was appended. Which record is
 * in the answer, or is found by halving the batch.
 */
export function isRecordRefused(code: number): boolean {
  return isTooLarge(code) || code === kafka.INVALID_RECORD || code === kafka.INVALID_TIMESTAMP
}

const fencing = new Set<number>([
  kafka.INVALID_PRODUCER_EPOCH,
  kafka.PRODUCER_FENCED,
  kafka.INVALID_TXN_STATE,
  kafka.INVALID_PRODUCER_ID_MAPPING,
  kafka.UNKNOWN_PRODUCER_ID,
  kafka.TRANSACTION_ABORTABLE,
])

/**
 * The producer's epoch or transaction is over: fenced by a newer one, or timed out. The broker's answer is the same for both, so
 * both mean "ownership may be lost".
 */
export function isFenced(code: number): boolean {
  return fencing.has(code)
}

/** The group has moved on without this member (KIP-447). */
export function isGenerationEnded(code: number): boolean {
  return code === kafka.ILLEGAL_GENERATION || code === kafka.UNKNOWN_MEMBER_ID || code === kafka.FENCED_INSTANCE_ID
}
