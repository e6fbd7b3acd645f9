import { InstrumentRow } from '../../schemas/trading/generated/instrument-row.ts'
import { columnsOf, store } from '../../topology/index.ts'

/** The instruments, each in its newest version. */
export const instruments = store.table('instruments', columnsOf(InstrumentRow), {
  key: ['instrumentKey'],
  value: InstrumentRow,
})
