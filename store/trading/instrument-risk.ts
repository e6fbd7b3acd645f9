import { string } from '../../schemas/serdes.ts'
import { InstrumentRow } from '../../schemas/trading/generated/instrument-row.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { tuple } from '../../topology/definition/stores/layout.ts'

/** The instruments by key, each in its newest version. */
export const instruments = keyValueStore('instruments', {
  key: tuple([['instrumentKey', string]]),
  value: InstrumentRow,
})
