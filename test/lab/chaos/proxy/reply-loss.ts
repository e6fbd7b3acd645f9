/** The part of a chunk of replies that passes: bytes, and whether the connection is cut after them. */
export interface Passed {
  readonly bytes: Buffer
  readonly cut: boolean
}

/** Watches both directions of one connection, and takes away the reply that is to be lost. */
export interface ReplyLoss {
  onRequestBytes(chunk: Buffer): void
  onReplyBytes(chunk: Buffer): Passed
}

/**
 * Replies to be lost, by what they answer: a Kafka API key, or a kind of SQL statement. A loss waits until such a request
 * comes along, takes its reply, and is done.
 */
export class LossOrders<Kind> {
  readonly #orders: { readonly kind: Kind; readonly done: () => void }[] = []

  /** Resolves when the reply to the next request of this kind was taken away. */
  loseNext(kind: Kind): Promise<void> {
    return new Promise(done => {
      this.#orders.push({ kind, done })
    })
  }

  /** The order that a request of this kind falls under, taken off the list. Call what it returns when the reply is gone. */
  take(isKind: (kind: Kind) => boolean): (() => void) | undefined {
    const index = this.#orders.findIndex(order => isKind(order.kind))
    return index < 0 ? undefined : this.#orders.splice(index, 1)[0]?.done
  }

  /** Cancels all losses that have not happened yet. */
  clear(): void {
    this.#orders.length = 0
  }
}

/** Cuts a stream of bytes into frames. */
export class Frames {
  readonly #lengthOf: (buffered: Buffer) => number | undefined
  #buffered: Buffer = Buffer.alloc(0)

  /** `lengthOf` says how long the frame is that begins the bytes, once it can tell. */
  constructor(lengthOf: (buffered: Buffer) => number | undefined) {
    this.#lengthOf = lengthOf
  }

  /** The frames that this chunk completes. */
  push(chunk: Buffer): readonly Buffer[] {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk])
    const frames: Buffer[] = []
    for (;;) {
      const length = this.#lengthOf(this.#buffered)
      if (length === undefined || this.#buffered.length < length) return frames
      frames.push(this.#buffered.subarray(0, length))
      this.#buffered = this.#buffered.subarray(length)
    }
  }
}
