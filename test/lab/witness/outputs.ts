import * as topics from '../../../processors/topics.ts'
import type { AnyTopic } from '../../../topology/index.ts'
import type { AnyEvent } from './step.ts'

/** The topics that are compared, in the order of a signal's path. */
export const comparedTopics: readonly AnyTopic[] = [
  topics.tradesApproved,
  topics.tradesRejected,
  topics.ordersPlaced,
  topics.ordersFills,
  topics.portfolioUpdated,
]

/** The outputs of one program. */
export interface Outputs {
  /** By topic, in order of each key. */
  readonly events: ReadonlyMap<string, readonly AnyEvent[]>
  /** Topic, key, time and reason of each. Shape: `'trading.signals XT:full 1704153600000 KEY_MISMATCH'`. */
  readonly deadLetters: readonly string[]
}
