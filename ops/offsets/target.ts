import { TopologyError } from '../../topology/definition/errors.ts'
import type { GroupPlace } from './group-offsets.ts'

/** The place to which a group is moved. Units: offsets; ms since 1970 of a timestamp. */
export type Target =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'offset' | 'by'; readonly value: number }
  | { readonly kind: 'time'; readonly timestamp: number }

/**
 * Reads `--to`. Shape: `'42'`, `'earliest'`, `'latest'`, `'+1'`, `'-1'`, `'2026-03-01T10:00:00Z'`.
 * Errors: TopologyError CONFIG_INVALID.
 */
export function parseTarget(text: string): Target {
  if (text === 'earliest' || text === 'latest') return { kind: text }
  if (/^\d+$/.test(text)) return { kind: 'offset', value: Number(text) }
  if (/^[+-]\d+$/.test(text)) return { kind: 'by', value: Number(text) }
  const timestamp = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timestamp)) return { kind: 'time', timestamp }
  throw new TopologyError(
    'CONFIG_INVALID',
    `'${text}' is no place in a topic: give an offset, earliest, latest, +1, -1, or a time such as 2026-03-01T10:00:00Z`,
  )
}

/**
 * The offset of a target in one partition. `atTime` is that of the first record at or after the target's time.
 * Errors: TopologyError CONFIG_INVALID for one that the topic does not have, or a step from where no group stands.
 */
export function offsetOf(target: Target, place: GroupPlace, atTime: number | undefined): number {
  const { topic, partition, first, end, committed } = place
  const offset = wanted(target, place, atTime)
  if (offset !== undefined && offset >= first && offset <= end) return offset
  const why =
    offset === undefined
      ? `the group has no offset in ${topic}/${partition} to step from (${committed ?? 'none'})`
      : `${topic}/${partition} has the offsets ${first} to ${end}, not ${offset}`
  throw new TopologyError('CONFIG_INVALID', `${why}: give one within, or earliest or latest`)
}

function wanted(target: Target, { first, end, committed }: GroupPlace, atTime: number | undefined): number | undefined {
  switch (target.kind) {
    case 'earliest':
      return first
    case 'latest':
      return end
    case 'offset':
      return target.value
    case 'by':
      return committed === undefined ? undefined : committed + target.value
    case 'time':
      return Math.min(atTime ?? end, end)
  }
}
