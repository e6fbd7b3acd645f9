import { Frames, type LossOrders, type Passed, type ReplyLoss } from './reply-loss.ts'

/** A text that is in every apply statement of a commit, and in no other. */
const applyMark = 'verdict as materialized'
const readyForQuery = 'Z'.charCodeAt(0)

/**
 * Loses the reply to the statement that applies a commit. Such a statement is a transaction by itself: when the server says
 * ReadyForQuery it has committed, and that is the moment at which the connection is cut.
 *
 * Both ways: type(BYTE) length(INT32, itself included) ...; the first message of the client has no type.
 * Parse 'P' => name(CSTRING) query(CSTRING) ...; Bind 'B' => portal(CSTRING) statement(CSTRING) ...
 * Source: PostgreSQL, "Frontend/Backend Protocol", chapter "Message Formats".
 */
export class PostgresReplies implements ReplyLoss {
  readonly #orders: LossOrders<'apply'>
  readonly #requests: Frames
  readonly #replies = new Frames(typedFrame)
  readonly #applies = new Set<string>()
  #started = false
  #lost: (() => void) | undefined

  constructor(orders: LossOrders<'apply'>) {
    this.#orders = orders
    this.#requests = new Frames(buffered => (this.#started ? typedFrame(buffered) : this.#startup(buffered)))
  }

  onRequestBytes(chunk: Buffer): void {
    for (const frame of this.#requests.push(chunk)) {
      const type = String.fromCharCode(frame[0]!)
      if (type === 'P') this.#parsed(text(frame, 5), frame)
      if (type === 'B' && !this.#lost && this.#applies.has(text(frame, 6 + text(frame, 5).length)))
        this.#lost = this.#orders.take(() => true)
    }
  }

  onReplyBytes(chunk: Buffer): Passed {
    const passed: Buffer[] = []
    for (const frame of this.#replies.push(chunk)) {
      if (!this.#lost) passed.push(frame)
      else if (frame[0] === readyForQuery) {
        this.#lost()
        return { bytes: Buffer.alloc(0), cut: true }
      }
    }
    return { bytes: Buffer.concat(passed), cut: false }
  }

  #startup(buffered: Buffer): number | undefined {
    if (buffered.length < 4) return undefined
    const length = buffered.readInt32BE(0)
    if (buffered.length >= length) this.#started = true
    return length
  }

  #parsed(name: string, frame: Buffer): void {
    if (text(frame, 6 + name.length).includes(applyMark)) this.#applies.add(name)
    else this.#applies.delete(name)
  }
}

function typedFrame(buffered: Buffer): number | undefined {
  return buffered.length < 5 ? undefined : 1 + buffered.readInt32BE(1)
}

/** The zero-terminated text that begins there. */
function text(frame: Buffer, from: number): string {
  return frame.toString('latin1', from, frame.indexOf(0, from))
}
