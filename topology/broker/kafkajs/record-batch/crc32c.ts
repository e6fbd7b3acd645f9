const polynomial = 0x82f63b78
const tables = new Int32Array(8 * 256)

for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  tables[byte] = crc
}
for (let byte = 0; byte < 256; byte++) {
  for (let slice = 1; slice < 8; slice++) {
    const previous = tables[(slice - 1) * 256 + byte] as number
    tables[slice * 256 + byte] = (previous >>> 8) ^ (tables[previous & 0xff] as number)
  }
}

/**
 * CRC-32C (Castagnoli) of `bytes[from, to)`, unsigned: eight bytes a step, with eight tables ("slicing by 8").
 * Source: RFC 3720 appendix B.4 has the check values.
 */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  const table = tables
  let crc = -1
  let at = from
  for (const end = to - 7; at < end; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      table[1792 + (crc & 0xff)]! ^
      table[1536 + ((crc >>> 8) & 0xff)]! ^
      table[1280 + ((crc >>> 16) & 0xff)]! ^
      table[1024 + (crc >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!
  return (crc ^ -1) >>> 0
}
