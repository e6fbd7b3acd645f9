import { decompressBlock } from 'lz4js'

const frameMagic = 0x184d2204
const flag = { contentSize: 0b1000, blockChecksum: 0b1_0000, contentChecksum: 0b100 } as const
const storedBit = 0x80000000

/**
 * Undoes an LZ4 frame. Frames are walked here because lz4js takes a block's checksum for its first bytes; blocks are its work.
 *
 *     magic UINT32LE, flags UINT8, block size UINT8, [content size 8], header checksum UINT8,
 *     blocks: size UINT32LE (top bit: stored), bytes, [checksum 4]; a size of 0 ends them; [content checksum 4]
 *
 * Source: lz4_Frame_format.md 1.6.
 */
export function decompressLz4(compressed: Buffer): Buffer {
  if (compressed.readUInt32LE(0) !== frameMagic) throw new RangeError('an lz4 frame does not begin with its magic')
  const flags = compressed.readUInt8(4)
  const maxBlockBytes = 1 << (8 + 2 * ((compressed.readUInt8(5) >> 4) & 0b111))
  const firstBlock = 7 + (flags & flag.contentSize ? 8 : 0)
  const checksumBytes = flags & flag.blockChecksum ? 4 : 0
  const blocks: { from: number; to: number; stored: boolean }[] = []
  let bound = 0
  for (let at = firstBlock; ; ) {
    const size = compressed.readUInt32LE(at)
    if (size === 0) break
    const stored = size >= storedBit
    const from = at + 4
    const to = from + (stored ? size - storedBit : size)
    blocks.push({ from, to, stored })
    bound += stored ? to - from : maxBlockBytes
    at = to + checksumBytes
  }
  const plain = Buffer.allocUnsafe(bound)
  let length = 0
  for (const { from, to, stored } of blocks) {
    if (stored) length += compressed.copy(plain, length, from, to)
    else length = decompressBlock(compressed, plain, from, to - from, length)
  }
  return plain.subarray(0, length)
}
