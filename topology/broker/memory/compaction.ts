import type { LogBatch } from './partition-log.ts'

/**
 * Returns the batches without the records that compaction removes below `limit`: those with a later one of their key, aborted
 * records, markers, and tombstones whose time has come. A tombstone's time begins when it is first compacted, so a reader
 * that starts at the log's start within `deleteRetentionMs` of its own position sees it. `horizons` keeps those times from
 * one run to the next.
 *
 * Source: `Cleaner` of Kafka and KIP-534 (delete horizon). Unlike Kafka there is no active segment that stays as it is.
 */
export function compacted(
  batches: readonly LogBatch[],
  limit: number,
  horizons: Map<number, number>,
  now: number,
  deleteRetentionMs: number,
): LogBatch[] {
  const settled = batches.filter(({ last, kind, transaction }) => {
    return last < limit && kind === 'data' && transaction?.verdict !== 'aborted'
  })
  const newest = new Map<string, number>()
  for (const { records } of settled) for (const { key, offset } of records) newest.set(textOf(key), offset)

  const kept: LogBatch[] = []
  for (const batch of settled) {
    const records = batch.records.filter(({ key, value, offset }) => {
      if (newest.get(textOf(key)) !== offset) return false
      return value !== null || tombstoneStays(offset, horizons, now, deleteRetentionMs)
    })
    if (records.length === 0) continue
    const bytes = Math.ceil((batch.bytes * records.length) / batch.records.length)
    kept.push(records.length === batch.records.length ? batch : { ...batch, records, bytes })
  }
  return [...kept, ...batches.filter(({ last }) => last >= limit)]
}

function tombstoneStays(offset: number, horizons: Map<number, number>, now: number, retentionMs: number): boolean {
  const horizon = horizons.get(offset)
  if (horizon === undefined) horizons.set(offset, now + retentionMs)
  else if (now >= horizon) {
    horizons.delete(offset)
    return false
  }
  return true
}

function textOf(key: Uint8Array | null): string {
  return key === null ? '' : Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
