/**
 * Kafka's default partitioner for keyed records, so that producers in any language co-partition with this one.
 * Source: `org.apache.kafka.common.utils.Utils.murmur2` and `toPositive`.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

const seed = 0x9747b28c
const multiplier = 0x5bd1e995

/** MurmurHash2, 32 bits, as Java computes it. Returns a signed 32-bit integer. */
export function murmur2(data: Uint8Array): number {
  const length = data.length
  let hash = seed ^ length
  const wordsEnd = length & ~3
  for (let i = 0; i < wordsEnd; i += 4) {
    let word = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> 24
    word = Math.imul(word, multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  const rest = length & 3
  if (rest >= 3) hash ^= data[wordsEnd + 2]! << 16
  if (rest >= 2) hash ^= data[wordsEnd + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ data[wordsEnd]!, multiplier)
  hash ^= hash >>> 13
  hash = Math.imul(hash, multiplier)
  return hash ^ (hash >>> 15)
}
