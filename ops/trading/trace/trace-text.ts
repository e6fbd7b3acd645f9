import type { FoundLetter } from '../../../gateway/index.ts'
import type { TraceView } from '../../../gateway/trading/views/trace-view.ts'

/** The story of a signal for a reader: a line for each moment. */
export function traceText({
  portfolioId,
  idempotencyKey,
  correlationId,
  state,
  timeline,
  deadLetters,
}: TraceView): string {
  const head = `${idempotencyKey}  of ${portfolioId}  ${state}  correlation id ${correlationId}`
  const lines = timeline.map(({ step, at, clock, afterMs, eventId, summary }) => {
    const after = afterMs === null ? '' : `+${afterMs} ms`
    const id = eventId === null ? '' : `  [${eventId}]`
    return `  ${at} ${clock.padEnd(5)} ${after.padStart(12)}  ${step.padEnd(11)} ${summary}${id}`
  })
  const next = missing[state]
  const open = (deadLetters ?? []).filter(letter => letter.state === 'open')
  const advice = open.map(({ place }) => `  see it whole: npm run dlq -- show --at ${place}`)
  return [head, ...lines, ...(next === undefined ? [] : [`  ${next}`]), ...advice].join('\n')
}

/** A dead letter of a signal of which nothing else is known. */
export function lostText({ place, code, message, state }: FoundLetter): string {
  return `dead letter ${place}  ${code}  ${state}: ${message}\n  npm run dlq -- show --at ${place}`
}

const missing: { readonly [State in TraceView['state']]?: string } = {
  waiting:
    "it is not decided yet: see 'npm run status' for the lag of the processors, 'npm run outbox -- status' for the relay",
  executing: 'its last report is not in the books yet',
}
