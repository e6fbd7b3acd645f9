/** Reads zigzag varints one after another. A read past the end throws a RangeError. */
export class VarintCursor {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** A varint of 32 bits. */
  int(): number {
    const first = this.bytes[this.at++] as number
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let raw = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.bytes[this.at++] as number
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
    throw new RangeError('a varint is longer than five bytes, or cut off')
  }

  /** A varint of 64 bits whose value is exact as a number. */
  long(): number {
    const first = this.bytes[this.at++] as number
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let raw = first & 0x7f
    let scale = 0x80
    for (let count = 1; count < 10; count++) {
      const byte = this.bytes[this.at++] as number
      raw += (byte & 0x7f) * scale
      if (byte < 0x80) return first & 1 ? -(raw + 1) / 2 : raw / 2
      scale *= 0x80
    }
    throw new RangeError('a varint is longer than ten bytes, or cut off')
  }

  /** The next bytes, of the length given by a varint: a view, null for length -1. */
  view(): Buffer | null {
    const length = this.int()
    if (length < 0) return null
    const from = this.at
    const to = from + length
    if (to > this.bytes.length) throw new RangeError(`a field of ${length} bytes ends past its batch`)
    this.at = to
    return this.bytes.subarray(from, to)
  }
}
