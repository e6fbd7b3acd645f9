import { Decompress } from 'fzstd'

const skippable = { mask: 0xfffffff0, magic: 0x184d2a50 } as const
const dictionaryIdBytes = [0, 1, 2, 4] as const
const checksumBytes = 4
const rle = 1

/**
 * Undoes zstd, one block of at most 128 KiB at a time. Frames are walked here, since fzstd undoes all the blocks that it is
 * given, and a block of four bytes may stand for 128 KiB; the blocks are its work.
 *
 *     magic UINT32LE, descriptor UINT8 (bits 6-7 size of the content size, 5 single segment, 2 checksum, 0-1 dictionary id),
 *     [window UINT8], [dictionary id], [content size], blocks: UINT24LE (bit 0 last, 1-2 type, 3-23 size), bytes; [checksum 4]
 *
 * Source: RFC 8878, section 3.1.1.
 */
export function* zstdBlocks(compressed: Buffer): Generator<Buffer> {
  const made: Uint8Array[] = []
  const decompress = new Decompress(block => made.push(block))
  for (const [from, to] of blocks(compressed)) {
    decompress.push(compressed.subarray(from, to))
    for (const block of made.splice(0)) yield Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  }
}

/** Stretches of the bytes that end with a block each; headers and checksums belong to the next one. */
function* blocks(bytes: Buffer): Generator<readonly [from: number, to: number]> {
  let from = 0
  let at = 0
  while (at < bytes.length) {
    if ((bytes.readUInt32LE(at) & skippable.mask) >>> 0 === skippable.magic) {
      at += 8 + bytes.readUInt32LE(at + 4)
      continue
    }
    const descriptor = bytes.readUInt8(at + 4)
    at += 5 + headerBytes(descriptor)
    for (let last = false; !last; from = at) {
      const header = bytes.readUIntLE(at, 3)
      last = (header & 1) === 1
      at += 3 + (((header >> 1) & 0b11) === rle ? 1 : header >> 3)
      if (at > bytes.length) throw new RangeError('a zstd block ends past its batch')
      yield [from, at]
    }
    if (descriptor & 0b100) at += checksumBytes
  }
}

/** Length of the fields between a frame's descriptor and its first block. */
function headerBytes(descriptor: number): number {
  const contentSize = descriptor >> 6
  const single = (descriptor >> 5) & 1
  return 1 - single + dictionaryIdBytes[(descriptor & 0b11) as 0]! + (contentSize === 0 ? single : 1 << contentSize)
}
