/**
 * Approvals of a portfolio by event time, in buckets as long as the window, so that a check reads two of them and an
 * approval writes one. Every earlier approval counts that lies in (t - window, t], also when signals come out of order.
 */
export type RateBucket = readonly number[]

/** The bucket of a time. Units: ms. */
export function bucketOf(time: number, windowMs: number): number {
  return Math.floor(time / windowMs)
}

/** Approvals in (time - window, time], out of the bucket of `time` and the one before. */
export function countRecent(buckets: readonly (RateBucket | undefined)[], time: number, windowMs: number): number {
  let count = 0
  for (const bucket of buckets) {
    if (bucket === undefined) continue
    for (const approved of bucket) if (approved > time - windowMs && approved <= time) count++
  }
  return count
}

/** The bucket with one more approval, in order of time. */
export function addApproval(bucket: RateBucket | undefined, time: number): RateBucket {
  if (bucket === undefined) return [time]
  const at = bucket.findIndex(approved => approved > time)
  return at === -1 ? [...bucket, time] : bucket.toSpliced(at, 0, time)
}
