/** The times for which an order may wait: until its session closes, until it is cancelled, or not at all (in part, or whole or not). */
export const timesInForce = ['DAY', 'GTC', 'IOC', 'FOK'] as const

/** One of `timesInForce`. Strings on the wire. */
export type TimeInForce = (typeof timesInForce)[number]

/** Whether a text of the wire is one; null stands for GTC. */
export function isTimeInForce(text: string | null): text is TimeInForce | null {
  return text === null || (timesInForce as readonly string[]).includes(text)
}

/** The form of a time of day at which a session closes, in UTC. Shape: `'21:00'`. */
export const sessionCloseForm = /^([01][0-9]|2[0-3]):[0-5][0-9]$/

const dayMs = 86_400_000

/**
 * The moment at which an order expires by itself: the earlier one of `validUntil` and, of a DAY order, the first close of the
 * session after its time. Null: never. `sessionClose` null: midnight UTC. Units: ms.
 */
export function expiryOf(
  { timeInForce, validUntil }: { readonly timeInForce: string | null; readonly validUntil: number | null },
  occurredAt: number,
  sessionClose: string | null,
): number | null {
  if (timeInForce !== 'DAY') return validUntil
  const close = nextClose(occurredAt, sessionClose)
  return validUntil === null ? close : Math.min(validUntil, close)
}

function nextClose(time: number, sessionClose: string | null): number {
  const [hours = 0, minutes = 0] = (sessionClose ?? '00:00').split(':').map(Number)
  const today = Math.floor(time / dayMs) * dayMs + (hours * 60 + minutes) * 60_000
  return today > time ? today : today + dayMs
}
