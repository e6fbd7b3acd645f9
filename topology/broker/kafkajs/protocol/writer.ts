const firstCapacity = 512

/**
 * Writes Kafka's primitive types into one growing buffer, big-endian. In flexible versions (KIP-482) lengths are unsigned varints
 * of length + 1, and every structure ends with its tagged fields.
 */
export class Writer {
  readonly #flexible: boolean
  #buffer = Buffer.allocUnsafe(firstCapacity)
  #length = 0

  constructor(flexible = false) {
    this.#flexible = flexible
  }

  #reserve(bytes: number): number {
    const at = this.#length
    const needed = at + bytes
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(grown, 0, 0, at)
      this.#buffer = grown
    }
    this.#length = needed
    return at
  }

  int8(value: number): this {
    const at = this.#reserve(1)
    this.#buffer.writeInt8(value, at)
    return this
  }

  int16(value: number): this {
    const at = this.#reserve(2)
    this.#buffer.writeInt16BE(value, at)
    return this
  }

  int32(value: number): this {
    const at = this.#reserve(4)
    this.#buffer.writeInt32BE(value, at)
    return this
  }

  /** Exact between -2^53 and 2^53: every offset and timestamp is. */
  int64(value: number): this {
    const at = this.#reserve(8)
    this.#buffer.writeInt32BE(Math.floor(value / 2 ** 32), at)
    this.#buffer.writeUInt32BE(value >>> 0, at + 4)
    return this
  }

  /** For identifiers that may use all 64 bits: producer ids. */
  bigint64(value: bigint): this {
    const at = this.#reserve(8)
    this.#buffer.writeBigInt64BE(value, at)
    return this
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  string(value: string | null): this {
    if (!this.#flexible) return this.shortString(value)
    if (value === null) return this.unsignedVarint(0)
    const bytes = Buffer.byteLength(value)
    return this.unsignedVarint(bytes + 1).#text(value, bytes)
  }

  /** A string whose length is an INT16 in flexible versions, too: the client's id in the header of a request. */
  shortString(value: string | null): this {
    if (value === null) return this.int16(-1)
    const bytes = Buffer.byteLength(value)
    return this.int16(bytes).#text(value, bytes)
  }

  #text(value: string, bytes: number): this {
    const at = this.#reserve(bytes)
    this.#buffer.write(value, at)
    return this
  }

  bytes(value: Uint8Array | null): this {
    if (value === null) return this.#count(-1)
    return this.#count(value.length).raw(value)
  }

  /** The bytes as they are, without a length. */
  raw(value: Uint8Array): this {
    const at = this.#reserve(value.length)
    this.#buffer.set(value, at)
    return this
  }

  array<T>(items: readonly T[], write: (writer: this, item: T) => void): this {
    this.#count(items.length)
    for (const item of items) write(this, item)
    return this
  }

  /** A list that is not there, which to Kafka is something else than an empty one. */
  nullArray(): this {
    return this.#count(-1)
  }

  #count(items: number): this {
    return this.#flexible ? this.unsignedVarint(items + 1) : this.int32(items)
  }

  unsignedVarint(value: number): this {
    let rest = value
    while (rest >= 0x80) {
      const at = this.#reserve(1)
      this.#buffer[at] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    const at = this.#reserve(1)
    this.#buffer[at] = rest
    return this
  }

  /** No tagged fields, where a version can have some. */
  tags(): this {
    return this.#flexible ? this.unsignedVarint(0) : this
  }

  /** The bytes written; the writer must not be used after. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }
}
