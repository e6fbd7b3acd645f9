import { gunzipSync } from 'node:zlib'
import { decompress as decompressZstd } from 'fzstd'
import { FatalError } from '../../../definition/errors.ts'
import { decompressLz4 } from './lz4.ts'
import { decompressSnappy } from './snappy.ts'

type Decompress = (compressed: Buffer) => Buffer

const decompressors: readonly (Decompress | undefined)[] = [
  bytes => bytes,
  gunzipSync,
  decompressSnappy,
  decompressLz4,
  bytes => view(decompressZstd(bytes)),
]

/**
 * The records of a batch as they were before compression. `codec` is the number in the batch's attributes: 0 none, 1 gzip,
 * 2 snappy, 3 lz4, 4 zstd.
 *
 * Errors: FatalError UNSUPPORTED for any other, which is named and never skipped.
 */
export function decompress(codec: number, compressed: Buffer, where: string): Buffer {
  const known = decompressors[codec]
  if (known === undefined) {
    throw new FatalError(
      'UNSUPPORTED',
      `compression codec ${codec} is not known, ${where}: produce with gzip, snappy, lz4, zstd or none`,
      { context: { codec } },
    )
  }
  return known(compressed)
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
