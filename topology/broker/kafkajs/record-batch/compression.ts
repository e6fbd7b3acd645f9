import { FatalError } from '../../../definition/errors.ts'
import type { TopicPartition } from '../../port.ts'
import { unzipped } from './gzip.ts'
import { lz4Blocks } from './lz4.ts'
import { snappyBlocks } from './snappy.ts'
import { zstdBlocks } from './zstd.ts'

/**
 * The bytes of a batch's records as they were before compression, piece by piece: never more of them are made than are asked
 * for. A piece is only valid together with those before it; a record may begin in one and end in another.
 */
export type PlainPieces = Iterator<Buffer, unknown, undefined> | AsyncIterator<Buffer, unknown, undefined>

type Decompress = (compressed: Buffer) => PlainPieces

const decompressors: readonly (Decompress | undefined)[] = [
  bytes => [bytes].values(),
  unzipped,
  snappyBlocks,
  lz4Blocks,
  zstdBlocks,
]

/**
 * The records of a batch as they were before compression. `codec` is the number in the batch's attributes: 0 none, 1 gzip,
 * 2 snappy, 3 lz4, 4 zstd.
 *
 * Units: a piece is at most 1 MiB for gzip, 32 kB for snappy as Java writes it (a raw block as other clients write it is one
 * piece, at most 22 times its compressed size), 4 MiB for lz4 (64 kB as Kafka's clients write it), 128 KiB for zstd.
 * Errors: FatalError UNSUPPORTED for any other codec, which is named and never skipped.
 */
export function decompress(
  codec: number,
  compressed: Buffer,
  { topic, partition }: TopicPartition,
  where: string,
): PlainPieces {
  const known = decompressors[codec]
  if (known === undefined) {
    throw new FatalError(
      'UNSUPPORTED',
      `compression codec ${codec} is not known, ${where}: produce with gzip, snappy, lz4, zstd or none`,
      { context: { codec, topic, partition } },
    )
  }
  return known(compressed)
}
