/** Reads what `Writer` writes. A read past the end throws a RangeError: the bytes are not the structure expected. */
export class Reader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  #advance(bytes: number): number {
    const at = this.#at
    if (at + bytes > this.#buffer.length) throw new RangeError(`a field of ${bytes} bytes ends past the response`)
    this.#at = at + bytes
    return at
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1))
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4))
  }

  /** Exact between -2^53 and 2^53: every offset and timestamp is. */
  int64(): number {
    const at = this.#advance(8)
    return this.#buffer.readInt32BE(at) * 2 ** 32 + this.#buffer.readUInt32BE(at + 4)
  }

  bigint64(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8))
  }

  /** Shape: 32 hexadecimal digits. */
  uuid(): string {
    const at = this.#advance(16)
    return this.#buffer.toString('hex', at, at + 16)
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  string(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#text(length)
  }

  /** A view of the response, not a copy. */
  bytes(): Buffer | null {
    const length = this.int32()
    if (length < 0) return null
    const at = this.#advance(length)
    return this.#buffer.subarray(at, at + length)
  }

  /** A null array reads as an empty one. */
  array<T>(read: (reader: this) => T): T[] {
    return this.#items(this.int32(), read)
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#buffer[this.#advance(1)] as number
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('an unsigned varint is longer than five bytes')
  }

  compactString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.#text(length)
  }

  compactArray<T>(read: (reader: this) => T): T[] {
    return this.#items(this.unsignedVarint() - 1, read)
  }

  /** Skips the tagged fields, whatever they are: they are optional by definition. */
  tags(): void {
    const count = this.unsignedVarint()
    for (let index = 0; index < count; index++) {
      this.unsignedVarint()
      this.#advance(this.unsignedVarint())
    }
  }

  #text(length: number): string {
    const at = this.#advance(length)
    return this.#buffer.toString('utf8', at, at + length)
  }

  #items<T>(count: number, read: (reader: this) => T): T[] {
    const items: T[] = []
    for (let index = 0; index < count; index++) items.push(read(this))
    return items
  }
}
