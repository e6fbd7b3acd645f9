import { createHash } from 'node:crypto'
import { sameRequest } from '../../processors/domain/risk/idempotency.ts'
import { correlationHeader } from '../../processors/domain/shared/correlation.ts'
import { instrumentIdProblems, instrumentProblems } from '../../processors/domain/shared/instrument.ts'
import { instrumentFields } from '../../processors/domain/shared/instrument-file.ts'
import { instrumentKey } from '../../processors/domain/shared/keys.ts'
import { registrationEvent } from '../../processors/domain/shared/registration.ts'
import { signalEvent } from '../../processors/domain/shared/signal-event.ts'
import { instrumentRegistered, tradingSignals } from '../../processors/topics.ts'
import type { DecisionRow } from '../../schemas/trading/generated/decision-row.ts'
import type { InstrumentRegistered } from '../../schemas/trading/generated/instrument-registered.ts'
import type { TradingSignal } from '../../schemas/trading/generated/trading-signal.ts'
import type { Clock } from '../../topology/index.ts'
import { AlreadyThere, type Outbox } from '../index.ts'
import { putInstrument, putSignal, selectInstrument, selectSignal } from './registration-statements.ts'

/** An instrument without its version, which registration gives. */
type InstrumentTerms = Omit<InstrumentRegistered, 'instrumentVersion'>

/** The terms of an instrument that can be changed: all but those that identify it. */
export type InstrumentChange = Partial<Omit<InstrumentTerms, 'exchange' | 'instrumentId'>>

/** The outcome of a registration. */
export type Registration =
  | { readonly kind: 'registered'; readonly instrument: InstrumentRegistered; readonly eventId: string }
  /** It is registered with these terms already: no event. */
  | { readonly kind: 'unchanged'; readonly instrument: InstrumentRegistered }
  /** It is registered with other terms: change it instead. */
  | { readonly kind: 'exists'; readonly instrument: InstrumentRegistered }
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  /** Other requests keep changing it at the same time. */
  | { readonly kind: 'contended' }

/** The outcome of posting a signal. `repeated`: it was posted before, and makes no second event. */
type Posting =
  | { readonly kind: 'posted' | 'repeated'; readonly eventId: string; readonly fingerprint: string }
  | { readonly kind: 'conflict'; readonly reason: string }

/** The parts that registration works with. */
export interface RegistrationParts {
  readonly outbox: Pick<Outbox, 'post' | 'read'>
  readonly clock: Pick<Clock, 'now'>
  /** Postgres schema of the tables. */
  readonly schema: string
  /** The program that the events name as their producer. */
  readonly producer: string
  /**
   * The trace of the request, for the record's header: processors hand it on to all records that follow from it. W3C
   * `traceparent`.
   */
  readonly traceparent?: string
  /** The instrument as instrument-risk holds it: the base for one that was registered by another way. */
  known(instrumentKey: string): Promise<InstrumentRegistered | undefined>
  /** The decision on an idempotency key, whoever sent the signal. Unset: it is not asked for. */
  decided?(portfolioId: string, idempotencyKey: string): Promise<DecisionRow | undefined>
}

/** Registers an instrument that is not there yet: its row and its event, together. */
export async function registerInstrument(parts: RegistrationParts, terms: InstrumentTerms): Promise<Registration> {
  return change(parts, instrumentKey(terms.exchange, terms.instrumentId), standing => {
    if (!standing) return terms
    return sameTerms(standing, terms)
      ? { kind: 'unchanged', instrument: standing }
      : { kind: 'exists', instrument: standing }
  })
}

/** Changes an instrument: the next version, with the row and the event together. */
export async function changeInstrument(
  parts: RegistrationParts,
  exchange: string,
  instrumentId: string,
  changes: InstrumentChange,
): Promise<Registration> {
  return change(parts, instrumentKey(exchange, instrumentId), standing => {
    if (!standing) return { kind: 'absent' }
    const terms = { ...standing, ...changes }
    return sameTerms(standing, terms) ? { kind: 'unchanged', instrument: standing } : terms
  })
}

/**
 * Posts a signal: its key is taken and its event written, together. A repeated one changes nothing. A key that was used before for
 * another signal is in conflict, wherever that was first seen: here, or as a record of another producer that was decided.
 */
export async function postSignal(parts: RegistrationParts, signal: TradingSignal): Promise<Posting> {
  const { outbox, clock, schema, producer, traceparent } = parts
  const event = signalEvent(signal, clock.now(), producer)
  const { eventId, key } = event
  const { portfolioId, idempotencyKey } = signal
  const identity = identityTextOf(signal)
  const fingerprint = fingerprintOf(identity)
  const decided = await parts.decided?.(portfolioId, idempotencyKey)
  if (decided && !sameRequest(decided, signal))
    return { kind: 'conflict', reason: `idempotency key '${idempotencyKey}' was decided for another signal` }
  const entry = {
    topic: tradingSignals.name,
    key,
    eventId,
    event: jsonOf(tradingSignals, event),
    headers: headersOf(event, traceparent),
  }
  try {
    const row = { portfolioId, idempotencyKey, fingerprint: identity, eventId }
    if (await outbox.post(putSignal(schema, row), entry)) return { kind: 'posted', eventId, fingerprint }
  } catch (error) {
    if (!(error instanceof AlreadyThere)) throw error
  }
  const [standing] = await outbox.read(selectSignal(schema, portfolioId, idempotencyKey))
  if (!standing)
    return { kind: 'conflict', reason: `signalId '${signal.signalId}' was posted with another idempotency key` }
  if (standing[0] === identity) return { kind: 'repeated', eventId: standing[1] as string, fingerprint }
  return { kind: 'conflict', reason: `idempotency key '${idempotencyKey}' was posted with another signal` }
}

/** The headers of an event's record, for logs and traces that decode no values. */
function headersOf({ correlationId }: { readonly correlationId: string }, traceparent: string | undefined) {
  return { [correlationHeader]: correlationId, ...(traceparent !== undefined && { traceparent }) }
}

type Next = InstrumentTerms | Exclude<Registration, { kind: 'registered' | 'invalid' | 'contended' }>

const attempts = 5

/** Reads the current version, and puts its successor unless another request was faster. */
async function change(
  parts: RegistrationParts,
  key: string,
  decide: (standing: InstrumentRegistered | undefined) => Next,
): Promise<Registration> {
  const { outbox, clock, schema, producer, traceparent } = parts
  for (let attempt = 0; attempt < attempts; attempt++) {
    const registered = await registeredInstrument(parts, key)
    const standing = newer(registered, await parts.known(key))
    const next = decide(standing)
    if ('kind' in next) return next
    const instrument = { ...next, instrumentVersion: (standing?.instrumentVersion ?? 0n) + 1n }
    const problems = [...instrumentIdProblems(instrument), ...keyProblems(key), ...instrumentProblems(instrument)]
    if (problems.length > 0) return { kind: 'invalid', problems }
    const event = registrationEvent(instrument, clock.now(), producer)
    const row = {
      instrumentKey: key,
      registered: registered?.instrumentVersion ?? 0n,
      version: instrument.instrumentVersion,
      instrument: jsonOf(instrumentRegistered, event),
    }
    const { eventId } = event
    const headers = headersOf(event, traceparent)
    const entry = { topic: instrumentRegistered.name, key, eventId, event: row.instrument, headers }
    if (await outbox.post(putInstrument(schema, row), entry)) return { kind: 'registered', instrument, eventId }
  }
  return { kind: 'contended' }
}

/**
 * The longest key of an instrument: beside a portfolio's id of 200 characters it is part of primary keys, of which Postgres
 * takes 2,704 bytes. Units: bytes.
 */
const longestKey = 1_700

function keyProblems(key: string): readonly string[] {
  if (key.length <= longestKey) return []
  return [`the key of exchange and instrumentId is ${key.length} bytes, percent-encoded: use ${longestKey}`]
}

/** The newest version that was requested, whether it is published or not. */
async function registeredInstrument(
  { outbox, schema }: Pick<RegistrationParts, 'outbox' | 'schema'>,
  key: string,
): Promise<InstrumentRegistered | undefined> {
  const [row] = await outbox.read(selectInstrument(schema, key))
  return row && instrumentRegistered.value.sql.fromSql(row[1]).payload
}

function newer(
  a: InstrumentRegistered | undefined,
  b: InstrumentRegistered | undefined,
): InstrumentRegistered | undefined {
  if (!a || !b) return a ?? b
  return a.instrumentVersion >= b.instrumentVersion ? a : b
}

const termNames = [
  'exchange',
  'instrumentId',
  ...Object.keys(instrumentFields.shape),
] as readonly (keyof InstrumentTerms)[]

function sameTerms(a: InstrumentTerms, b: InstrumentTerms): boolean {
  return termNames.every(name => (a[name] ?? null) === (b[name] ?? null))
}

function jsonOf<V>(topic: { readonly value: { readonly sql: { toSql(value: V): unknown } } }, event: V): string {
  return topic.value.sql.toSql(event) as string
}

/** A posted signal: its fingerprint and its event. Undefined: none was posted under the key. */
export async function postedSignal(
  { outbox, schema }: Pick<RegistrationParts, 'outbox' | 'schema'>,
  portfolioId: string,
  idempotencyKey: string,
): Promise<{ readonly fingerprint: string; readonly eventId: string } | undefined> {
  const [row] = await outbox.read(selectSignal(schema, portfolioId, idempotencyKey))
  return row && { fingerprint: fingerprintOf(row[0] as string), eventId: row[1] as string }
}

/** The fingerprint of a request: SHA-256 of its identity, in hexadecimal. Equal for equal requests under one key. */
export function fingerprintOf(identity: string): string {
  return createHash('sha256').update(identity).digest('hex')
}

/** A text that is equal for equal signals: the identity by which portfolio-risk recognizes a conflict. */
export function identityTextOf(signal: Parameters<typeof sameRequest>[0]): string {
  const { exchange, instrumentId, side, quantity, orderType, limitPrice, reduceOnly, validUntil, timeInForce } = signal
  const limit = limitPrice === null ? null : limitPrice.toString()
  const identity = [exchange, instrumentId, side, quantity.toString(), orderType, limit, reduceOnly, validUntil]
  return JSON.stringify(timeInForce === null ? identity : [...identity, timeInForce])
}
