import { createGunzip, gunzipSync } from 'node:zlib'
import type { PlainPieces } from './compression.ts'

/** Batches of less than this are undone at once, which is quicker than a stream. Units: bytes, before compression. */
const smallBytes = 1_048_576
/** Units: bytes. */
const pieceBytes = 262_144
/** The length of the last member, modulo 2^32, stands in the last four bytes. Source: RFC 1952, ISIZE. */
const sizeBytes = 4

/** Undoes gzip: small batches at once, others as a stream whose work is done by Node's own threads. */
export function unzipped(compressed: Buffer): PlainPieces {
  return atOnce(compressed) ?? stream(compressed)
}

/** Undefined when it is more than `smallBytes`. */
function atOnce(compressed: Buffer): PlainPieces | undefined {
  if (compressed.length < sizeBytes || compressed.readUInt32LE(compressed.length - sizeBytes) > smallBytes)
    return undefined
  try {
    return [gunzipSync(compressed, { maxOutputLength: smallBytes })].values()
  } catch (error) {
    // Several members, of which only the last one's length was seen.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

async function* stream(compressed: Buffer): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: pieceBytes })
  gunzip.end(compressed)
  // Leaving the loop early destroys the stream.
  yield* gunzip
}
