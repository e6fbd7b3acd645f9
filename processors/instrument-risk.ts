import type { InstrumentRegisteredEvent } from '../schemas/trading/generated/instrument-registered.ts'
import type { MarketPriceEvent } from '../schemas/trading/generated/market-price.ts'
import type { TradingSignal } from '../schemas/trading/generated/trading-signal.ts'
import { instrumentPrices, instruments, marketInterests } from '../store/trading/instrument-risk.ts'
import { chain, ProcessorError, processor, together } from '../topology/index.ts'
import { noteInterest, takePrice } from './domain/market/market-watch.ts'
import { type InstrumentLimits, judgeSignal, passed } from './domain/risk/verdict.ts'
import { correlationOf } from './domain/shared/correlation.ts'
import { idForm, idWords } from './domain/shared/id-form.ts'
import { instrumentIdProblems, instrumentProblems } from './domain/shared/instrument.ts'
import { instrumentKey } from './domain/shared/keys.ts'
import { producers } from './domain/shared/producer.ts'
import { limits as limitsFile } from './settings.ts'
import { instrumentRegistered, marketPrices, portfolioPrices, signalsChecked, tradingSignals } from './topics.ts'

/**
 * Checks every signal against its instrument and forwards it with a verdict. It decides nothing: otherwise one key sent for
 * two instruments would be decided twice.
 *
 * Registrations are a stream of their own and kept in a store, not a plain table, because an older instrumentVersion must not
 * replace a newer one.
 *
 * It also has the market: the newest price of each instrument goes with every signal, and later ones to the portfolios that
 * have asked to trade the instrument.
 */
export function instrumentRiskWith(limits: InstrumentLimits) {
  return processor({
    name: producers.instrumentRisk,
    streams: [tradingSignals, instrumentRegistered, marketPrices],
    stores: { instruments, prices: instrumentPrices, interests: marketInterests },
    sinks: { verdicts: signalsChecked, prices: portfolioPrices },
    prefetch: record => {
      const key = keyOf(record.value.payload)
      if (record.topic === marketPrices.name) return { prices: [[key]] }
      if (record.topic === instrumentRegistered.name) return { instruments: [[key]] }
      return { instruments: [[key]], prices: [[key]], interests: [[key, record.value.payload.portfolioId]] }
    },
    process(record, { stores, sinks, now }) {
      refuseForeignKey(record)
      if (record.topic === marketPrices.name) refuseFuturePrice(record.value, limits, now)
      if (record.topic === marketPrices.name)
        return chain(takePrice(stores, record.value), told => {
          for (const price of told) sinks.prices.send(price.key, price, { timestamp: price.occurredAt })
        })
      const key = keyOf(record.value.payload)
      if (record.topic === tradingSignals.name) refuseUnaddressable(record.value.payload)
      if (record.topic === instrumentRegistered.name)
        return chain(stores.instruments.get(key), known => {
          const { payload } = record.value
          if (known !== undefined && known.instrumentVersion >= payload.instrumentVersion) return
          refuseUntradable(record.value)
          stores.instruments.put(key, { instrumentKey: key, ...payload })
        })
      return chain(together([stores.instruments.get(key), stores.prices.get(key)]), ([known, market]) => {
        const checked = judgeSignal(record.value, known, limits, market)
        const headers = correlationOf(record.headers, checked.correlationId)
        sinks.verdicts.send(key, checked, { timestamp: checked.occurredAt, headers })
        if (checked.payload.verdict === passed)
          return chain(noteInterest(stores, checked, market), price => {
            if (price) sinks.prices.send(price.key, price, { timestamp: price.occurredAt })
          })
      })
    },
  })
}

/** With the limits of `limits.yaml`. */
export const instrumentRisk = instrumentRiskWith(limitsFile)

export default instrumentRisk

function keyOf({ exchange, instrumentId }: { exchange: string; instrumentId: string }): string {
  return instrumentKey(exchange, instrumentId)
}

/**
 * Refuses an event under another key than its instrument's: it came to another task, which may not know the instrument. A decision
 * would use up the idempotency key of a signal that is right but for its key.
 */
function refuseForeignKey({ key, value, topic }: { key: string; value: Addressed; topic: string }): void {
  const own = keyOf(value.payload)
  if (key === own && value.key === own) return
  const found = key === own ? `in its envelope, '${value.key}'` : `of its record, '${key}'`
  const message = `KEY_MISMATCH: the key ${found}, is not that of its instrument, topic '${topic}': send it under '${own}'`
  throw new ProcessorError('PROCESS_FAILED', message, { context: { reasonCode: 'KEY_MISMATCH', instrumentKey: own } })
}

/** Refuses a signal under ids that no path of the API can hold: its decision could not be asked for. */
function refuseUnaddressable({ portfolioId, idempotencyKey }: TradingSignal): void {
  if (idForm.test(portfolioId) && idForm.test(idempotencyKey)) return
  const name = idForm.test(portfolioId) ? 'idempotencyKey' : 'portfolioId'
  const message = `ID_NOT_ADDRESSABLE: ${name} ${idWords}, topic '${tradingSignals.name}': give the signal another one`
  throw new ProcessorError('PROCESS_FAILED', message, { context: { reasonCode: 'ID_NOT_ADDRESSABLE' } })
}

/** Refuses a price ahead of the clock: it would hold up all later ones, since only newer prices count. Units of `now`: ms. */
function refuseFuturePrice({ key, occurredAt }: MarketPriceEvent, { time }: InstrumentLimits, now: number): void {
  if (time === undefined || time.maxAheadMs === null || occurredAt <= now + time.maxAheadMs) return
  const message = `PRICE_FROM_FUTURE: the price of '${key}' is ${occurredAt - now} ms ahead of the clock: set the clock of its source`
  throw new ProcessorError('PROCESS_FAILED', message, {
    context: { reasonCode: 'PRICE_FROM_FUTURE', instrumentKey: key },
  })
}

/** The fields of an event that say where it belongs. */
interface Addressed {
  readonly key: string
  readonly payload: { readonly exchange: string; readonly instrumentId: string }
}

function refuseUntradable({ key, payload }: InstrumentRegisteredEvent): void {
  const problems = [...instrumentIdProblems(payload), ...instrumentProblems(payload)]
  if (problems.length === 0) return
  const message = `instrument '${key}' cannot be traded: ${problems.join('; ')}: register it again`
  throw new ProcessorError('PROCESS_FAILED', message, { context: { instrumentKey: key } })
}
