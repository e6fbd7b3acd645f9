import { boolean, integer, text } from 'drizzle-orm/pg-core'
import { InstrumentRow } from '../../schemas/trading/generated/instrument-row.ts'
import { bigint, decimal } from '../table-columns.ts'
import { tableStore } from '../table-store.ts'

/** The instruments, each in its newest version. */
export const instruments = tableStore(
  'instruments',
  {
    instrumentKey: text().notNull(),
    exchange: text().notNull(),
    instrumentId: text().notNull(),
    baseCurrency: text().notNull(),
    quoteCurrency: text().notNull(),
    pricePrecision: integer().notNull(),
    sizePrecision: integer().notNull(),
    tickSize: decimal().notNull(),
    lotSize: decimal().notNull(),
    minQty: decimal(),
    maxTradeQty: decimal(),
    maxPositionQty: decimal(),
    minNotional: decimal(),
    maxNotional: decimal(),
    takerFeeRate: decimal().notNull(),
    feePrecision: integer().notNull(),
    shortable: boolean().notNull(),
    enabled: boolean().notNull(),
    instrumentVersion: bigint().notNull(),
  },
  { key: ['instrumentKey'], value: InstrumentRow },
)
