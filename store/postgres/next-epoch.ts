/**
 * The SQL of the epoch after a standing one. It is higher, and never one that was given before: a database that is lost, or restored
 * from a backup, forgets the epochs that it gave, and a counter would give them again, to somebody else, while their owners go on.
 * So an epoch is at least the database's time. Units: microseconds since 1970.
 */
export function nextEpoch(standing: string): string {
  return `greatest(${standing} + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)`
}
