// Generated from order-placed.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../../../../schemas/avro/avro.ts'

/** An order, as the shop took it. */
export interface OrderPlaced {
  readonly customer: string
  /** Units: 1e-2. */
  readonly total: bigint
  readonly coupon: string | null
}

/** Writes and reads OrderPlaced as Avro. */
export const OrderPlaced = avroOf<OrderPlaced>({
  type: 'record',
  name: 'OrderPlaced',
  namespace: 'shop',
  doc: 'An order, as the shop took it.',
  fields: [
    { name: 'customer', type: 'string' },
    { name: 'total', type: { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 } },
    { name: 'coupon', type: ['null', 'string'], default: null },
  ],
})
