import { userSeconds } from './user-seconds.ts'

/** Few enough to stay in the processor's cache: with more, other programs of the machine would decide the figure. */
const keyCount = 256

/**
 * Counts records by key in a plain loop: what the case `count` comes down to without an engine. It shows the speed of the
 * machine at this time, so that an engine's cost can be given as a multiple of it. Returns s of user time for a million records.
 */
export function calibrationRound(records: number): number {
  const keys = Array.from({ length: keyCount }, (_, index) => `key-${index}`)
  const counts = new Map(keys.map(key => [key, { count: 0, timestamp: 0 }]))
  const seconds = userSeconds(() => {
    for (let index = 0; index < records; index++) {
      const key = keys[(Math.imul(index, 2_654_435_761) >>> 0) % keyCount]!
      const { count } = counts.get(key)!
      counts.set(key, { count: count + 1, timestamp: index })
    }
  })
  const counted = [...counts.values()].reduce((sum, { count }) => sum + count, 0)
  if (counted !== records) throw new Error(`the plain loop counted ${counted} of ${records}`)
  return (seconds / records) * 1e6
}
