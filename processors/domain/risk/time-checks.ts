import { type Refusal, refuse } from './refusal.ts'

/**
 * The bounds of a signal's time. `live`: its age counts against the wall clock, too, so that a signal that waited out an outage is not
 * carried out late; replays and backtests count event time alone. Null: no bound. Units: ms.
 */
export interface TimeLimits {
  readonly live: boolean
  readonly maxAgeMs: number | null
  /** Against the wall clock, in both modes: no signal of the past is ahead of it. */
  readonly maxAheadMs: number | null
}

/** No bounds. */
export const anyTime: TimeLimits = { live: false, maxAgeMs: null, maxAheadMs: null }

/** The times that a decision was taken by, as it records them. Units: ms. */
export interface TimeWitness {
  /** The wall clock. Null: in event time, unless the signal was ahead of it. */
  readonly decidedAt: number | null
  /** The latest of the portfolio's earlier signals. Null: no bound of age, or the first signal. */
  readonly newestSignalAt: number | null
  readonly maxAgeMs: bigint | null
  readonly maxAheadMs: bigint | null
  readonly liveClock: boolean
}

/** The times that a signal is decided by. Units: ms. */
export function timeWitness(
  limits: TimeLimits,
  occurredAt: number,
  now: number,
  newestSignalAt: number | null,
): TimeWitness {
  const { live, maxAgeMs, maxAheadMs } = limits
  const ahead = maxAheadMs !== null && occurredAt > now + maxAheadMs
  return {
    decidedAt: live || ahead ? now : null,
    newestSignalAt: maxAgeMs === null ? null : newestSignalAt,
    maxAgeMs: maxAgeMs === null ? null : BigInt(maxAgeMs),
    maxAheadMs: maxAheadMs === null ? null : BigInt(maxAheadMs),
    liveClock: live,
  }
}

/** Refuses a signal of the future, or one that is too old. Pure. Units: ms. */
export function checkTime(occurredAt: number, witness: TimeWitness): Refusal | null {
  const { decidedAt, newestSignalAt, maxAgeMs, maxAheadMs, liveClock } = witness
  if (maxAheadMs !== null && decidedAt !== null && occurredAt > decidedAt + Number(maxAheadMs)) {
    const limit = String(decidedAt + Number(maxAheadMs))
    return refuse('SIGNAL_FROM_FUTURE', 'the signal is ahead of the clock', limit, String(occurredAt))
  }
  const newest = Math.max(newestSignalAt ?? occurredAt, (liveClock ? decidedAt : null) ?? occurredAt)
  if (maxAgeMs === null || occurredAt >= newest - Number(maxAgeMs)) return null
  const limit = String(newest - Number(maxAgeMs))
  return refuse('SIGNAL_TOO_OLD', 'the signal is older than it may be', limit, String(occurredAt))
}
