import { z } from 'zod'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import { parseConfigFile } from './config-file.ts'
import { decimalText, positiveDecimalText } from './decimal-text.ts'
import { instrumentIdProblems, instrumentProblems } from './instrument.ts'
import { instrumentOfKey } from './keys.ts'
import { sessionCloseForm } from './time-in-force.ts'

const optionalLimit = decimalText.nullable().default(null)

/** One instrument as a file (or a request) gives it: everything but its key and its version. */
export const instrumentFields = z.strictObject({
  baseCurrency: z.string().min(1),
  quoteCurrency: z.string().min(1),
  pricePrecision: z.int(),
  sizePrecision: z.int(),
  tickSize: positiveDecimalText,
  lotSize: positiveDecimalText,
  minQty: optionalLimit,
  maxTradeQty: optionalLimit,
  maxPositionQty: optionalLimit,
  minNotional: optionalLimit,
  maxNotional: optionalLimit,
  takerFeeRate: decimalText.default(0n),
  feePrecision: z.int().default(8),
  shortable: z.boolean().default(true),
  enabled: z.boolean().default(true),
  sessionClose: z.string().regex(sessionCloseForm, "write a time of day in UTC as '21:00'").nullable().default(null),
})

const instrumentFile = z.record(
  z.string().regex(/^[^:]+:[^:]+$/, "write the key as 'EXCHANGE:instrumentId'"),
  instrumentFields,
)

/**
 * Reads a file of instruments by key, each as its first version.
 *
 * Errors: TopologyError CONFIG_INVALID with every problem of the file.
 */
export function parseInstruments(yaml: string, file = 'instruments.yaml'): readonly InstrumentRegistered[] {
  return parseConfigFile(yaml, file, instrumentFile.transform(registrations))
}

function registrations(file: z.output<typeof instrumentFile>, context: z.RefinementCtx): InstrumentRegistered[] {
  return Object.entries(file).map(([key, fields]) => {
    const registered: InstrumentRegistered = { ...instrumentOfKey(key), ...fields, instrumentVersion: 1n }
    for (const message of [...instrumentIdProblems(registered), ...instrumentProblems(registered)])
      context.addIssue({ code: 'custom', path: [key], message })
    return registered
  })
}
