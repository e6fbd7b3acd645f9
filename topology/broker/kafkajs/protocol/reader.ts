/** Reads what `Writer` writes, in the form of flexible versions where it is told so. A read past the end throws a RangeError: the bytes are not the structure expected. */
export class Reader {
  readonly #buffer: Buffer
  readonly #flexible: boolean
  #at = 0

  constructor(buffer: Buffer, flexible = false) {
    this.#buffer = buffer
    this.#flexible = flexible
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
    const length = this.#flexible ? this.unsignedVarint() - 1 : this.int16()
    return length < 0 ? null : this.#text(length)
  }

  /** A view of the response, not a copy. */
  bytes(): Buffer | null {
    const length = this.#flexible ? this.unsignedVarint() - 1 : this.int32()
    if (length < 0) return null
    const at = this.#advance(length)
    return this.#buffer.subarray(at, at + length)
  }

  /** A null array reads as an empty one. */
  array<T>(read: (reader: this) => T): T[] {
    const count = this.#flexible ? this.unsignedVarint() - 1 : this.int32()
    const items: T[] = []
    for (let index = 0; index < count; index++) items.push(read(this))
    return items
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

  /** Skips the tagged fields of a flexible version, whatever they are: they are optional by definition. */
  tags(): void {
    this.taggedFields(() => {})
  }

  /** Reads the tagged fields of a flexible version: `read` gets the number of each, and need not read it to its end. */
  taggedFields(read: (tag: number) => void): void {
    if (!this.#flexible) return
    const count = this.unsignedVarint()
    for (let index = 0; index < count; index++) {
      const tag = this.unsignedVarint()
      const start = this.#advance(this.unsignedVarint())
      const end = this.#at
      this.#at = start
      read(tag)
      this.#at = end
    }
  }

  #text(length: number): string {
    const at = this.#advance(length)
    return this.#buffer.toString('utf8', at, at + length)
  }
}
