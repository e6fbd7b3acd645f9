import { uncompress } from 'snappyjs'

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const xerialHeaderBytes = 16

/**
 * Undoes snappy in either form found in Kafka: one raw block, or the framing of xerial's snappy-java (what the Java client
 * writes): magic of 8 bytes, version INT32, compatible version INT32, then blocks, each an INT32 length and a raw block.
 */
export function* snappyBlocks(compressed: Buffer): Generator<Buffer> {
  if (compressed.length < xerialHeaderBytes || !compressed.subarray(0, 8).equals(xerialMagic)) {
    yield raw(compressed)
    return
  }
  for (let at = xerialHeaderBytes; at < compressed.length; ) {
    const length = compressed.readInt32BE(at)
    yield raw(compressed.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
}

function raw(block: Buffer): Buffer {
  const bytes: Uint8Array = uncompress(block)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
