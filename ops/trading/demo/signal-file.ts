import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { decimalWords } from '../../../processors/domain/shared/decimal-text.ts'
import { fieldProblem, parseDecimal, problemText, TopologyError } from '../../../topology/index.ts'
import { messageOf } from '../../commands.ts'
import type { TimedSignal } from './strategy.ts'

/** A line of the file that is no signal. */
export interface BadLine {
  readonly line: number
  readonly reason: string
}

const decimalText = z.string(decimalWords).transform((text, context) => {
  const value = parseDecimal(text)
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: decimalWords })
  return z.NEVER
})

/** One signal a line, as JSON. Decimals are strings; times are ms since the epoch or ISO 8601. */
const time = z.union([z.int().nonnegative(), z.iso.datetime({ offset: true }).transform(text => Date.parse(text))], {
  error: 'must be ms since the epoch, or ISO 8601 with its zone in quotes',
})
const signalLine = z.strictObject({
  idempotencyKey: z.string().min(1),
  signalId: z.string().min(1).optional(),
  strategyId: z.string().default('file'),
  portfolioId: z.string().min(1),
  exchange: z.string().min(1),
  instrumentId: z.string().min(1),
  side: z.enum(['BUY', 'SELL']),
  quantity: decimalText,
  orderType: z.enum(['MARKET', 'LIMIT']).default('MARKET'),
  limitPrice: decimalText.nullable().default(null),
  referencePrice: decimalText.nullable().default(null),
  reduceOnly: z.boolean().default(false),
  validUntil: time.nullable().default(null),
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
  for (const [index, text] of readLines(path).entries()) {
    if (text.trim() === '') continue
    const parsed = parseLine(text, (signals.at(-1)?.at ?? firstAt - betweenMs) + betweenMs)
    if (typeof parsed === 'string') bad.push({ line: index + 1, reason: parsed })
    else signals.push(parsed)
  }
  return { signals, bad }
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read, ${messageOf(cause)}`
    throw new TopologyError('CONFIG_INVALID', `signals file '${path}' ${why}: correct the path`, { cause })
  }
}

/** Reads a line. `at` is the time of the signal if the line gives none. Units: ms. */
function parseLine(text: string, at: number): TimedSignal | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'is not JSON'
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'is not a JSON object'
  const line = payloadOf(json)
  const parsed = signalLine.safeParse(line)
  if (!parsed.success) return parsed.error.issues.map(issue => problemText(fieldProblem(issue, line))).join('; ')
  const { occurredAt = at, signalId, ...signal } = parsed.data
  return { at: occurredAt, signal: { ...signal, signalId: signalId ?? signal.idempotencyKey } }
}

/** The payload of an event with the event's time; a line that is no event is the payload itself. */
function payloadOf(json: object): object {
  const { payload, occurredAt } = json as { readonly payload?: unknown; readonly occurredAt?: unknown }
  if (typeof payload !== 'object' || payload === null) return json
  return occurredAt === undefined ? payload : { ...payload, occurredAt }
}
