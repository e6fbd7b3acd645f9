// Generated from order-command.avsc by 'schemas types': edit that file, not this one.

import { avroOf } from '../../avro/avro.ts'

/** Envelope of OrderCommand. Record key: portfolioKey. */
export interface OrderCommandEvent {
  /** The same for every copy of this event. */
  readonly eventId: string
  /** Name of the payload's record. */
  readonly eventType: string
  /** Version of this envelope and payload. */
  readonly schemaVersion: number
  /** Event time; of a derived event: its cause's time plus simulated delays, never a clock's. Units: milliseconds since the epoch. */
  readonly occurredAt: number
  /** The writer: a processor's name, gateway, bot or command. */
  readonly producer: string
  /** The key of the record. */
  readonly key: string
  /** Follows a signal through all events that derive from it. */
  readonly correlationId: string
  readonly payload: OrderCommand
}

/** Cancels an order, or replaces its limit or quantity. */
export interface OrderCommand {
  /** Unique in its portfolio: a command that comes again changes nothing. */
  readonly commandId: string
  readonly portfolioId: string
  /** The trade whose order it is: orders.placed and the API have it, and it derives from the idempotency key. */
  readonly tradeId: string
  /** CANCEL or REPLACE. */
  readonly action: string
  /** REPLACE: the quantity in all from now on, those filled included; at most that of the approval. Null: as it is. Units: 1e-18. */
  readonly quantity: bigint | null
  /** REPLACE: the limit from now on, within the bound of the approval. Null: as it is. Units: 1e-18. */
  readonly limitPrice: bigint | null
  readonly actor: string | null
  readonly reason: string | null
}

/** Writes and reads OrderCommandEvent as Avro. */
export const OrderCommandEvent = avroOf<OrderCommandEvent>({
  type: 'record',
  name: 'OrderCommandEvent',
  namespace: 'millrace.trading',
  doc: 'Envelope of OrderCommand. Record key: portfolioKey.',
  fields: [
    { name: 'eventId', type: 'string', doc: 'The same for every copy of this event.' },
    { name: 'eventType', type: 'string', doc: "Name of the payload's record." },
    {
      name: 'schemaVersion',
      type: 'int',
      doc: 'Version of this envelope and payload.',
      default: 1,
    },
    {
      name: 'occurredAt',
      type: { type: 'long', logicalType: 'timestamp-millis' },
      doc: "Event time; of a derived event: its cause's time plus simulated delays, never a clock's.",
    },
    {
      name: 'producer',
      type: 'string',
      doc: "The writer: a processor's name, gateway, bot or command.",
    },
    { name: 'key', type: 'string', doc: 'The key of the record.' },
    {
      name: 'correlationId',
      type: 'string',
      doc: 'Follows a signal through all events that derive from it.',
    },
    {
      name: 'payload',
      type: {
        type: 'record',
        name: 'OrderCommand',
        doc: 'Cancels an order, or replaces its limit or quantity.',
        fields: [
          {
            name: 'commandId',
            type: 'string',
            doc: 'Unique in its portfolio: a command that comes again changes nothing.',
          },
          { name: 'portfolioId', type: 'string' },
          {
            name: 'tradeId',
            type: 'string',
            doc: 'The trade whose order it is: orders.placed and the API have it, and it derives from the idempotency key.',
          },
          { name: 'action', type: 'string', doc: 'CANCEL or REPLACE.' },
          {
            name: 'quantity',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'REPLACE: the quantity in all from now on, those filled included; at most that of the approval. Null: as it is.',
            default: null,
          },
          {
            name: 'limitPrice',
            type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
            doc: 'REPLACE: the limit from now on, within the bound of the approval. Null: as it is.',
            default: null,
          },
          { name: 'actor', type: ['null', 'string'], default: null },
          { name: 'reason', type: ['null', 'string'], default: null },
        ],
      },
    },
  ],
})
