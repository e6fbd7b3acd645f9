import { type Header, isPromise } from '../../../definition/record.ts'
import type { RawRecord } from '../../port.ts'
import type { PlainPieces } from './compression.ts'
import { VarintCursor } from './varint-cursor.ts'

/** The facts of a batch that its records are relative to. `appendTime` takes the place of the records' own times. */
export interface BatchBase {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly appendTime: number | undefined
}

const noHeaders: readonly Header[] = Object.freeze([])
const noBytes = Buffer.alloc(0)
const longestVarint = 5

/** The records of one batch, in order. No more of its plain bytes are made than the next record needs. */
export class BatchRecords {
  readonly #base: BatchBase
  readonly #pieces: PlainPieces
  /** Stands at the next record. */
  #cursor = new VarintCursor(noBytes, 0)
  #ended = false
  /** The number of bytes that the next record takes, as far as is known. */
  #wanted = 1

  constructor(base: BatchBase, pieces: PlainPieces) {
    this.#base = base
    this.#pieces = pieces
  }

  /** Whether the next record is there whole. When no more bytes come it is said to be: reading it then tells what is wrong. */
  get isReady(): boolean {
    const { bytes, at: from } = this.#cursor
    const there = bytes.length - from
    if (there < this.#wanted) return this.#ended
    let at = from
    while (at < bytes.length && bytes[at]! >= 0x80 && at - from < longestVarint) at++
    if (at === bytes.length) {
      this.#wanted = there + 1
      return this.#ended
    }
    const length = this.#cursor.int()
    this.#wanted = this.#cursor.at - from + length
    this.#cursor.at = from
    return this.#ended || there >= this.#wanted
  }

  /** The bytes of the record that is ready, with its length field. */
  get readyBytes(): number {
    return this.#wanted
  }

  /** Makes plain bytes until the next record is there. Returns their number. */
  async more(): Promise<number> {
    const rest = this.#cursor.bytes.subarray(this.#cursor.at)
    const parts = rest.length > 0 ? [rest] : []
    let came = 0
    while (!this.#ended && rest.length + came < this.#wanted) {
      const next = this.#pieces.next()
      const { done, value } = isPromise(next) ? await next : next
      if (done) this.#ended = true
      else {
        parts.push(value)
        came += value.length
      }
    }
    this.#cursor = new VarintCursor(parts.length === 1 ? parts[0]! : Buffer.concat(parts), 0)
    return came
  }

  /**
   * Reads the record that is ready; undefined when it lies before the position: the broker answers with whole batches, and the
   * first may begin before it. Key and value are views. Errors: RangeError when its lengths do not add up.
   */
  read(position: number): RawRecord | undefined {
    const cursor = this.#cursor
    const { topic, partition, offset: baseOffset, timestamp: baseTimestamp, appendTime } = this.#base
    this.#wanted = 1
    const length = cursor.int()
    const end = cursor.at + length
    cursor.at++
    const timestampDelta = cursor.long()
    const offset = baseOffset + cursor.int()
    if (offset < position) {
      cursor.at = end
      return undefined
    }
    const key = cursor.view()
    const value = cursor.view()
    const headerCount = cursor.int()
    const headers = headerCount === 0 ? noHeaders : readHeaders(cursor, headerCount)
    if (cursor.at !== end) throw new RangeError(`a record of ${length} bytes has another length than its length field`)
    return { topic, partition, offset, timestamp: appendTime ?? baseTimestamp + timestampDelta, key, value, headers }
  }

  /** Gives up the bytes that are left. */
  close(): void {
    const ended = this.#pieces.return?.()
    if (ended !== undefined && isPromise(ended)) ended.catch(() => {})
  }
}

function readHeaders(cursor: VarintCursor, count: number): Header[] {
  const headers: Header[] = []
  for (let index = 0; index < count; index++) {
    headers.push({ key: cursor.view()?.toString() ?? '', value: cursor.view() })
  }
  return headers
}
