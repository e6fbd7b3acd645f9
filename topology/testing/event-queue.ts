/** An event at a time. Events of one time happen in the order in which they were added. */
interface QueuedEvent {
  readonly time: number
  readonly sequence: number
  /** Undefined once it is cancelled; it then stays in the queue until its time comes. */
  callback: (() => void) | undefined
}

/** A binary heap of events, the earliest first. */
export class EventQueue {
  #heap: QueuedEvent[] = []
  #sequence = 0
  #cancelled = 0

  /** The number of events to come, without the cancelled. */
  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  add(time: number, callback: () => void): QueuedEvent {
    const event = { time, sequence: this.#sequence++, callback }
    const heap = this.#heap
    let index = heap.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
    return event
  }

  /** Cancels an event; one that has happened is not changed. */
  cancel(event: QueuedEvent): void {
    if (!event.callback) return
    event.callback = undefined
    this.#cancelled++
  }

  /** The earliest event that is not cancelled. */
  peek(): QueuedEvent | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]!.callback) {
      this.#remove()
      this.#cancelled--
    }
    return this.#heap[0]
  }

  /** Takes the earliest event out and hands its callback over. */
  take(): (() => void) | undefined {
    const event = this.peek()
    if (!event) return undefined
    this.#remove()
    const { callback } = event
    event.callback = undefined
    return callback
  }

  #remove(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    while (true) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

function before(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence)
}
