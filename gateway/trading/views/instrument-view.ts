import { InstrumentRow } from '../../../schemas/trading/generated/instrument-row.ts'
import { recordView, viewFields } from '../../index.ts'

/** The instrument that the documentation gives as an example. */
export const instrumentExamples = { exchange: { example: 'XNAS' }, instrumentId: { example: 'MSFT' } } as const

const fields = viewFields(InstrumentRow, {
  hidden: ['instrumentKey'],
  about: { ...instrumentExamples, baseCurrency: { example: 'MSFT' }, quoteCurrency: { example: 'USD' } },
})

const instrument = recordView('Instrument', fields, { first: ['exchange', 'instrumentId', 'instrumentVersion'] })

/** An instrument as the API shows it. */
export const instrumentView = instrument.schema

/** The view of a version. */
export const viewInstrument = instrument.view
