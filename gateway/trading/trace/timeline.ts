import { decimalText, type FoundLetter, timeText } from '../../index.ts'
import type { DecidedSignal } from '../reads/trace-reads.ts'
import type { TracedSignal } from './find-traces.ts'

/** The steps of a signal's way, in their order. */
export const traceSteps = [
  'signal',
  'posted',
  'published',
  'verdict',
  'decision',
  'order',
  'report',
  'books',
  'dead-letter',
] as const

/** A name out of `traceSteps`. */
type TraceStep = (typeof traceSteps)[number]

/** One thing that happened to a signal. */
export interface TraceMoment {
  readonly step: TraceStep
  /** ISO text. */
  readonly at: string
  /** Event time, which a replay repeats, or the time of a clock when it was done. */
  readonly clock: 'event' | 'wall'
  /** The time since the moment before it. Null for the first. */
  readonly afterMs: number | null
  readonly eventId: string | null
  readonly summary: string
}

type Untimed = Omit<TraceMoment, 'at' | 'afterMs'> & { readonly at: number }

/** The moments of a signal by time; those of one time in the order of its way. */
export function timelineOf(traced: TracedSignal, letters: readonly FoundLetter[]): readonly TraceMoment[] {
  const moments = [...signalMoments(traced), ...verdictMoments(traced)]
  if (traced.decided) moments.push(...outcomeMoments(traced.decided))
  for (const letter of letters) {
    const summary = `${letter.code} of '${letter.processor}', ${letter.place}, ${letter.state}: ${letter.message}`
    const at = Date.parse(letter.lastFailure)
    moments.push({ step: 'dead-letter', at, clock: 'wall', eventId: null, summary })
  }
  const order = (step: TraceStep) => traceSteps.indexOf(step)
  moments.sort((a, b) => a.at - b.at || order(a.step) - order(b.step))
  return moments.map(({ at, ...moment }, index) => {
    const before = moments[index - 1]
    return { ...moment, at: timeText(at), afterMs: before ? at - before.at : null }
  })
}

function signalMoments({ posted, decided, signal }: TracedSignal): readonly Untimed[] {
  const moments: Untimed[] = []
  const said = signal?.payload ?? decided?.decision
  const at = signal?.occurredAt ?? decided?.decision.occurredAt
  const eventId = signal?.eventId ?? decided?.decision.sourceEventId ?? posted?.eventId ?? null
  if (said && at !== undefined) {
    const limit = said.limitPrice === null ? '' : ` at ${decimalText(said.limitPrice)}`
    const summary = `${said.side} ${decimalText(said.quantity)} ${said.exchange}:${said.instrumentId}, ${said.orderType}${limit}`
    moments.push({ step: 'signal', at, clock: 'event', eventId, summary })
  }
  if (!posted) return moments
  moments.push({ step: 'posted', at: posted.postedAt, clock: 'wall', eventId, summary: 'taken into the outbox' })
  if (posted.publishedAt !== null)
    moments.push({ step: 'published', at: posted.publishedAt, clock: 'wall', eventId, summary: 'written to its topic' })
  return moments
}

function verdictMoments({ decided, verdict }: TracedSignal): readonly Untimed[] {
  const found = verdictOf(decided, verdict)
  if (!found) return []
  const at = verdict?.occurredAt ?? decided!.decision.occurredAt
  const summary = found.reason === null ? found.outcome : `${found.outcome}: ${found.reason}`
  return [{ step: 'verdict', at, clock: 'event', eventId: verdict?.eventId ?? null, summary }]
}

/**
 * The verdict of instrument-risk: that of its own event, else as the decision shows it. A decision of stage INSTRUMENT is
 * its refusal; every other one had passed.
 */
export function verdictOf(
  decided: TracedSignal['decided'],
  verdict: TracedSignal['verdict'],
): { readonly outcome: string; readonly reason: string | null } | undefined {
  if (verdict) return { outcome: verdict.payload.verdict, reason: verdict.payload.reason }
  if (!decided) return undefined
  const { stage, reasonCode, reason } = decided.decision
  return stage === 'INSTRUMENT' ? { outcome: reasonCode ?? 'REJECTED', reason } : { outcome: 'PASS', reason: null }
}

function outcomeMoments({ decision, order, reports, books }: DecidedSignal): readonly Untimed[] {
  const moments: Untimed[] = []
  const { decisionId, occurredAt } = decision
  moments.push({ step: 'decision', at: occurredAt, clock: 'event', eventId: decisionId, summary: decided(decision) })
  if (order && order.placedAt !== null) {
    const summary = `${order.orderId}, now ${order.status}, ${decimalText(order.filled)} filled`
    moments.push({ step: 'order', at: order.placedAt, clock: 'event', eventId: null, summary })
  }
  for (const { execType, executedAt, executionId, lastQty, lastPrice, fee, leavesQty, quarantine } of reports) {
    const filled =
      lastPrice === null ? '' : ` ${decimalText(lastQty)} at ${decimalText(lastPrice)}, fee ${decimalText(fee)}`
    const kept = quarantine === null ? '' : `, in quarantine: ${quarantine}`
    const summary = `${execType}${filled}, ${decimalText(leavesQty)} left${kept}`
    moments.push({ step: 'report', at: executedAt, clock: 'event', eventId: executionId, summary })
  }
  if (books)
    moments.push({
      step: 'books',
      at: books.at,
      clock: 'event',
      eventId: null,
      summary: `version ${books.version} of ${books.portfolioId}'s books has its last report`,
    })
  return moments
}

function decided(decision: DecidedSignal['decision']): string {
  const { outcome, reasonCode, reason, limitValue, observedValue, exposureBefore, exposureAfter, exposureCap } =
    decision
  const against = limitValue === null ? '' : ` (limit ${limitValue}, observed ${observedValue ?? 'unknown'})`
  const exposure =
    exposureBefore === null || exposureAfter === null
      ? ''
      : `, exposure ${decimalText(exposureBefore)} to ${decimalText(exposureAfter)}, cap ${decimalText(exposureCap) ?? 'none'}`
  const why = outcome === 'APPROVED' ? '' : ` ${reasonCode}: ${reason}${against}`
  return `${outcome}${why}${exposure}, limits version ${decision.limitsVersion}`
}
