import { type FoundLetter, letterView, longField, timeField, timeText, z } from '../../index.ts'
import type { TracedSignal } from '../trace/find-traces.ts'
import { timelineOf, traceSteps, verdictOf } from '../trace/timeline.ts'
import { fillView, viewFill } from './fill-view.ts'
import { orderView, viewOrder } from './order-view.ts'
import { tradeView, viewTrade } from './trade-view.ts'

/** The state that a signal is in. */
const traceStates = ['waiting', 'rejected', 'executing', 'settled'] as const

/** The story of one signal as the API and `trace --json` show it. */
export const traceView = z
  .object({
    portfolioId: z.string().openapi({ example: 'alpha-01' }),
    idempotencyKey: z.string().openapi({ example: 'ma-2-5:MSFT:2010-03-01' }),
    correlationId: z.string().openapi({ description: 'The header and the field that all its events carry.' }),
    state: z.enum(traceStates).openapi({
      description:
        'waiting: not decided. rejected: its decision. executing: approved, and its last report is not in the books. settled: it is.',
    }),
    posted: z
      .object({ at: timeField, publishedAt: timeField.nullable(), eventId: z.string() })
      .nullable()
      .openapi({ description: 'Its way through the outbox. Null: it came by its topic.' }),
    verdict: z
      .object({ outcome: z.string().openapi({ example: 'PASS' }), reason: z.string().nullable() })
      .nullable()
      .openapi({ description: "instrument-risk's: PASS, or a reason code." }),
    decision: tradeView.nullable(),
    order: orderView.nullable(),
    fills: z.array(fillView),
    books: z
      .object({ version: longField, at: timeField })
      .nullable()
      .openapi({ description: 'The first version of the portfolio that has its last report.' }),
    deadLetters: z
      .array(letterView)
      .nullable()
      .openapi({ description: 'Records of it that failed. Null: this gateway knows no Kafka to read them from.' }),
    timeline: z.array(
      z.object({
        step: z.enum(traceSteps),
        at: timeField,
        clock: z.enum(['event', 'wall']).openapi({ description: 'Event time, or the time when it was done.' }),
        afterMs: z.int().nullable().openapi({ description: 'Since the moment before.' }),
        eventId: z.string().nullable(),
        summary: z.string(),
      }),
    ),
  })
  .openapi('Trace')

/** The data of `traceView`. */
export type TraceView = z.output<typeof traceView>

/** The view of a signal. `letters` null: they were not looked for. */
export function viewTrace(traced: TracedSignal, letters: readonly FoundLetter[] | null): TraceView {
  const { portfolioId, idempotencyKey, correlationId, posted, decided } = traced
  const fills = decided?.reports.filter(({ fillId, quarantine }) => fillId !== null && quarantine === null) ?? []
  return {
    portfolioId,
    idempotencyKey,
    correlationId,
    state: stateOf(traced),
    posted: posted && {
      at: timeText(posted.postedAt),
      publishedAt: timeText(posted.publishedAt),
      eventId: posted.eventId,
    },
    verdict: verdictOf(decided, traced.verdict) ?? null,
    decision: decided && (viewTrade(decided.decision) as TraceView['decision']),
    order: decided?.order ? (viewOrder(decided.order) as TraceView['order']) : null,
    fills: fills.map(viewFill) as TraceView['fills'],
    books: decided?.books ? { version: decided.books.version.toString(), at: timeText(decided.books.at) } : null,
    deadLetters: letters && [...letters],
    timeline: [...timelineOf(traced, letters ?? [])],
  }
}

function stateOf({ decided }: TracedSignal): TraceView['state'] {
  if (!decided) return 'waiting'
  if (decided.decision.outcome === 'REJECTED') return 'rejected'
  return decided.books && decided.reports.some(({ isTerminal }) => isTerminal) ? 'settled' : 'executing'
}
