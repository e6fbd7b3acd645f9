import type { PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import type { Outbox, Reading } from '../../index.ts'
import { type PostedSignal, readPosted } from '../reads/posted-reads.ts'
import type { DecidedSignal, DecisionKey } from '../reads/trace-reads.ts'
import type { TradingReads } from '../reads/trading-reads.ts'

/** Everything that the tables hold of one signal. At least one of `posted`, `decided` and `signal` is there. */
export interface TracedSignal {
  readonly portfolioId: string
  readonly idempotencyKey: string
  readonly correlationId: string
  /** Null: it came by its topic, not over HTTP. */
  readonly posted: PostedSignal | null
  readonly decided: DecidedSignal | null
  /** The event as its topic or the outbox holds it; null where only the decision tells of it. */
  readonly signal: TradingSignalEvent | null
  /** The verdict as its topic holds it; null where it was not looked for. */
  readonly verdict: PortfolioSignalEvent | null
}

/** The parts that a trace is read from. */
export interface TraceParts {
  readonly reads: Pick<TradingReads, 'decided'>
  readonly outbox: Pick<Outbox, 'read'>
  /** Postgres schema of the tables. */
  readonly schema: string
}

/**
 * The signals that an id leads to: an idempotency key (of each portfolio that used it), a correlation id, or the id of any
 * event that the tables know. None: an empty list. `portfolioId` says where to look first. `not ready` while the decisions are being rebuilt.
 */
export async function findTraces(
  { reads, outbox, schema }: TraceParts,
  id: string,
  portfolioId?: string,
): Promise<Reading<readonly TracedSignal[]>> {
  const named = await readPosted(outbox, schema, id)
  const reading = await reads.decided(id, keyOf(named, id, portfolioId))
  if (reading.kind === 'not ready') return reading
  const decided = reading.kind === 'found' ? reading.value : []
  const traced: TracedSignal[] = []
  for (const one of decided) {
    const { portfolioId, idempotencyKey, correlationId, sourceEventId } = one.decision
    const posted =
      named.find(known => known.eventId === sourceEventId) ??
      (await readPosted(outbox, schema, sourceEventId)).find(known => known.eventId === sourceEventId) ??
      null
    const signal = posted?.event ?? null
    traced.push({ portfolioId, idempotencyKey, correlationId, posted, decided: one, signal, verdict: null })
  }
  for (const posted of named) {
    const { portfolioId, idempotencyKey, eventId, event } = posted
    if (traced.some(one => one.portfolioId === portfolioId && one.idempotencyKey === idempotencyKey)) continue
    const correlationId = event?.correlationId ?? eventId
    traced.push({ portfolioId, idempotencyKey, correlationId, posted, decided: null, signal: event, verdict: null })
  }
  return { kind: 'found', value: traced }
}

/** The one signal that an id can mean, if that is known beforehand: of an event that was posted, or a key within a portfolio. */
function keyOf(named: readonly PostedSignal[], id: string, portfolioId: string | undefined): DecisionKey | undefined {
  const event = named.find(({ eventId }) => eventId === id)
  return event ?? (portfolioId === undefined ? undefined : { portfolioId, idempotencyKey: id })
}
