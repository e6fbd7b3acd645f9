import { refuse } from './collected-errors.ts'
import { TopologyError } from './errors.ts'

/** `'5m'`, `'100ms'`, `'1h'`, `'7d'`, or milliseconds. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * Milliseconds of a duration.
 *
 * Shape: `durationMs('5m') === 300_000`. Errors: TopologyError CONFIG_INVALID for anything that is not a whole,
 * non-negative number of milliseconds.
 */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number') return whole(duration, String(duration))
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(duration)
  if (!match) return refused(duration)
  return whole(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs], duration)
}

/** As `durationMs`, but it may be negative: `signedDurationMs('-5s') === -5_000`. Errors: as `durationMs`. */
export function signedDurationMs(duration: Duration): number {
  if (typeof duration === 'number') return duration < 0 ? 0 - durationMs(-duration) : durationMs(duration)
  return duration.startsWith('-') ? 0 - durationMs(duration.slice(1) as Duration) : durationMs(duration)
}

function whole(ms: number, text: string): number {
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : refused(text)
}

/** A stand-in, where errors are collected. */
function refused(text: string): number {
  refuse(
    new TopologyError('CONFIG_INVALID', `duration '${text}' is not valid: write '100ms', '5s', '5m', '1h' or '7d'`),
  )
  return 1
}
