import type { MillraceError } from '../../definition/errors.ts'

/** The requests of clients to the broker, named like Kafka's own. `WriteTxnMarkers` is the broker's own, to itself. */
export type BrokerApi =
  | 'InitProducerId'
  | 'AddPartitionsToTxn'
  | 'Produce'
  | 'TxnOffsetCommit'
  | 'EndTxn'
  | 'WriteTxnMarkers'
  | 'Fetch'
  | 'ListOffsets'
  | 'OffsetFetch'
  | 'OffsetCommit'
  | 'JoinGroup'
  | 'SyncGroup'
  | 'Heartbeat'
  | 'LeaveGroup'
  | 'Metadata'
  | 'CreateTopics'
  | 'DeleteTopics'
  | 'DeleteRecords'
  | 'IncrementalAlterConfigs'
  | 'CreatePartitions'
  | 'ListGroups'
  | 'DescribeGroups'

/** One request under way. Shape: `{ api: 'EndTxn', client: 'worker-2', about: 'word-count-by-word-0' }`. */
export interface BrokerRequest {
  readonly api: BrokerApi
  readonly client: string
  /** The transactional id, the group, or the topics it is about. */
  readonly about: string
}

/**
 * The fault of a request. Units: ms of the clock.
 *
 * - `delay`: it arrives later. `delay-reply`: it takes effect now and is answered later.
 * - `drop-request`: it never arrives. `drop-reply`: it takes effect, but its caller never gets the answer.
 * - `late`: its caller gives up at once, and it takes effect all the same, `ms` later: this is the fault that tears transactions.
 * - `fail`: the broker answers with an error; nothing has happened.
 *
 * A caller without an answer gets RetriableError BROKER_UNAVAILABLE after `afterMs` (unset: at once); a commit whose EndTxn
 * has none fails with TaskMigratedError COMMIT_UNKNOWN. Of `WriteTxnMarkers` only the delay counts: it is retried for ever.
 */
export type Fault =
  | { readonly kind: 'delay' | 'delay-reply' | 'late'; readonly ms: number }
  | { readonly kind: 'drop-request' | 'drop-reply'; readonly afterMs?: number }
  | { readonly kind: 'fail'; readonly error?: MillraceError }

/** Decides on the fault of each request. Called in the order in which requests are sent. */
export interface BrokerFaults {
  onRequest(request: BrokerRequest): Fault | undefined
}
