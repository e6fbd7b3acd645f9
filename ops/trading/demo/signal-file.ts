import { z } from 'zod'
import { idText } from '../../../processors/domain/shared/id-form.ts'
import { timesInForce } from '../../../processors/domain/shared/time-in-force.ts'
import { fieldProblem, problemText } from '../../../topology/index.ts'
import { type BadLine, decimalText, payloadOf, readJsonLines, time } from '../json-lines.ts'
import type { TimedSignal } from './strategy.ts'

/** One signal a line, as JSON. Decimals are strings; times are ms since the epoch or ISO 8601. */
const signalLine = z.strictObject({
  idempotencyKey: idText,
  signalId: idText.optional(),
  strategyId: z.string().default('file'),
  portfolioId: idText,
  exchange: idText,
  instrumentId: idText,
  side: z.enum(['BUY', 'SELL']),
  quantity: decimalText,
  orderType: z.enum(['MARKET', 'LIMIT']).default('MARKET'),
  limitPrice: decimalText.nullable().default(null),
  referencePrice: decimalText.nullable().default(null),
  reduceOnly: z.boolean().default(false),
  validUntil: time.nullable().default(null),
  timeInForce: z.enum(timesInForce).nullable().default(null),
  occurredAt: time.optional(),
})

/** The time of the first signal of a file that gives none: a file gives the same decisions whenever it is read. */
const firstAt = Date.UTC(2000, 0, 3)
const betweenMs = 1_000

/**
 * Reads signals from an NDJSON file: the payload of a trading signal a line, or its whole event. A signal without a time
 * happened a second after the one before it. A line that is no signal is named with its number and reason, and does not
 * stop the rest; empty lines are left out.
 */
export function readSignalFile(path: string): {
  readonly signals: readonly TimedSignal[]
  readonly bad: readonly BadLine[]
} {
  const signals: TimedSignal[] = []
  const bad: BadLine[] = []
  for (const { line, object } of readJsonLines(path, 'signals')) {
    const at = (signals.at(-1)?.at ?? firstAt - betweenMs) + betweenMs
    const parsed = typeof object === 'string' ? object : parseLine(object, at)
    if (typeof parsed === 'string') bad.push({ line, reason: parsed })
    else signals.push(parsed)
  }
  return { signals, bad }
}

/** Reads a line. `at` is the time of the signal if the line gives none. Units: ms. */
function parseLine(json: object, at: number): TimedSignal | string {
  const line = payloadOf(json)
  const parsed = signalLine.safeParse(line)
  if (!parsed.success) return parsed.error.issues.map(issue => problemText(fieldProblem(issue, line))).join('; ')
  const { occurredAt = at, signalId, ...signal } = parsed.data
  return { at: occurredAt, signal: { ...signal, signalId: signalId ?? signal.idempotencyKey } }
}
