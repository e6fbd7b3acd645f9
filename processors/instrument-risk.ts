import type { InstrumentRegisteredEvent } from '../schemas/trading/generated/instrument-registered.ts'
import { instruments } from '../store/trading/instrument-risk.ts'
import { chain, ProcessorError, processor } from '../topology/index.ts'
import type { OrderLimits } from './domain/risk/instrument-checks.ts'
import { judgeSignal } from './domain/risk/verdict.ts'
import { correlationOf } from './domain/shared/correlation.ts'
import { instrumentProblems } from './domain/shared/instrument.ts'
import { instrumentKey } from './domain/shared/keys.ts'
import { producers } from './domain/shared/producer.ts'
import { limits as limitsFile } from './settings.ts'
import { instrumentRegistered, signalsChecked, tradingSignals } from './topics.ts'

/**
 * Checks every signal against its instrument and forwards it with a verdict. It decides nothing: otherwise one key sent for
 * two instruments would be decided twice.
 *
 * Registrations are a stream of their own and kept in a store, not a plain table, because an older instrumentVersion must not
 * replace a newer one.
 */
export function instrumentRiskWith(limits: OrderLimits) {
  return processor({
    name: producers.instrumentRisk,
    streams: [tradingSignals, instrumentRegistered],
    stores: { instruments },
    sinks: { verdicts: signalsChecked },
    prefetch: record => ({ instruments: [[keyOf(record.value.payload)]] }),
    process(record, { stores, sinks }) {
      const key = keyOf(record.value.payload)
      return chain(stores.instruments.get(key), known => {
        if (record.topic === instrumentRegistered.name) {
          const { payload } = record.value
          if (known !== undefined && known.instrumentVersion >= payload.instrumentVersion) return
          refuseUntradable(record.value)
          stores.instruments.put(key, { instrumentKey: key, ...payload })
        } else {
          const checked = judgeSignal(record.value, known, limits)
          const headers = correlationOf(record.headers, checked.correlationId)
          sinks.verdicts.send(key, checked, { timestamp: checked.occurredAt, headers })
        }
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

function refuseUntradable({ key, payload }: InstrumentRegisteredEvent): void {
  const problems = instrumentProblems(payload)
  if (problems.length === 0) return
  const message = `instrument '${key}' cannot be traded: ${problems.join('; ')}: register it again`
  throw new ProcessorError('PROCESS_FAILED', message, { context: { instrumentKey: key } })
}
