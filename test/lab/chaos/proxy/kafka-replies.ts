import { Frames, type LossOrders, type Passed, type ReplyLoss } from './reply-loss.ts'

/** The requests whose replies a chaos run loses, by API key. Source: https://kafka.apache.org/protocol#protocol_api_keys. */
export const kafkaApis = { Produce: 0, EndTxn: 26, TxnOffsetCommit: 28 } as const

/** A name of `kafkaApis`. */
export type KafkaApi = keyof typeof kafkaApis

/**
 * Loses replies of a Kafka connection.
 *
 * request => length(INT32) api_key(INT16) api_version(INT16) correlation_id(INT32) ...
 * response => length(INT32) correlation_id(INT32) ...
 */
export class KafkaReplies implements ReplyLoss {
  readonly #orders: LossOrders<KafkaApi>
  readonly #requests = new Frames(kafkaFrame)
  readonly #replies = new Frames(kafkaFrame)
  readonly #losing = new Map<number, () => void>()

  constructor(orders: LossOrders<KafkaApi>) {
    this.#orders = orders
  }

  onRequestBytes(chunk: Buffer): void {
    for (const frame of this.#requests.push(chunk)) {
      const apiKey = frame.readInt16BE(4)
      const done = this.#orders.take(api => kafkaApis[api] === apiKey)
      if (done) this.#losing.set(frame.readInt32BE(8), done)
    }
  }

  onReplyBytes(chunk: Buffer): Passed {
    const passed: Buffer[] = []
    for (const frame of this.#replies.push(chunk)) {
      const lost = this.#losing.get(frame.readInt32BE(4))
      if (lost) {
        lost()
        return { bytes: Buffer.concat(passed), cut: true }
      }
      passed.push(frame)
    }
    return { bytes: passed.length === 1 ? passed[0]! : Buffer.concat(passed), cut: false }
  }
}

function kafkaFrame(buffered: Buffer): number | undefined {
  return buffered.length < 4 ? undefined : 4 + buffered.readInt32BE(0)
}
