import { decompressBlock } from 'lz4js'

const frameMagic = 0x184d2204
const flag = { independent: 0b10_0000, contentSize: 0b1000, blockChecksum: 0b1_0000 } as const
const storedBit = 0x80000000
/** A block may repeat bytes that lie this far back in the blocks before it, unless blocks are independent. */
const windowBytes = 65_536
/** A byte of a block stands for at most so many. */
const mostPerByte = 255

/**
 * Undoes an LZ4 frame, a block at a time. Frames are walked here because lz4js takes a block's checksum for its first bytes;
 * blocks are its work.
 *
 *     magic UINT32LE, flags UINT8, block size UINT8, [content size 8], header checksum UINT8,
 *     blocks: size UINT32LE (top bit: stored), bytes, [checksum 4]; a size of 0 ends them; [content checksum 4]
 *
 * Source: lz4_Frame_format.md 1.6.
 */
export function* lz4Blocks(compressed: Buffer): Generator<Buffer> {
  if (compressed.readUInt32LE(0) !== frameMagic) throw new RangeError('an lz4 frame does not begin with its magic')
  const flags = compressed.readUInt8(4)
  const maxBlockBytes = 1 << (8 + 2 * ((compressed.readUInt8(5) >> 4) & 0b111))
  const checksumBytes = flags & flag.blockChecksum ? 4 : 0
  let window: Buffer = Buffer.alloc(0)
  for (let at = 7 + (flags & flag.contentSize ? 8 : 0); ; ) {
    const size = compressed.readUInt32LE(at)
    if (size === 0) return
    const stored = size >= storedBit
    const from = at + 4
    const to = from + (stored ? size - storedBit : size)
    if (to > compressed.length) throw new RangeError('an lz4 block ends past its batch')
    const block = compressed.subarray(from, to)
    const plain = stored ? block : unpacked(block, window, maxBlockBytes)
    yield plain
    if (!(flags & flag.independent)) window = Buffer.concat([window, plain]).subarray(-windowBytes)
    at = to + checksumBytes
  }
}

/** A block that is not stored plainly, with the bytes before it that it may repeat. */
function unpacked(block: Buffer, window: Buffer, maxBlockBytes: number): Buffer {
  const most = Math.min(maxBlockBytes, block.length * mostPerByte)
  const plain = Buffer.allocUnsafe(window.length + most)
  window.copy(plain)
  const end = decompressBlock(block, plain, 0, block.length, window.length)
  return plain.subarray(window.length, end)
}
