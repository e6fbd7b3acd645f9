import { ProcessorError } from '../../../topology/index.ts'

/**
 * The fields that make two signals of one idempotency key the same request. Prices and times are not among them: a retry
 * may differ.
 */
interface RequestIdentity {
  readonly exchange: string
  readonly instrumentId: string
  readonly side: string
  readonly quantity: bigint
  readonly orderType: string
  readonly limitPrice: bigint | null
  readonly reduceOnly: boolean
  readonly validUntil: number | null
  readonly timeInForce: string | null
}

/** Whether two signals ask for the same. */
export function sameRequest(a: RequestIdentity, b: RequestIdentity): boolean {
  return (
    a.exchange === b.exchange &&
    a.instrumentId === b.instrumentId &&
    a.side === b.side &&
    a.quantity === b.quantity &&
    a.orderType === b.orderType &&
    a.limitPrice === b.limitPrice &&
    a.reduceOnly === b.reduceOnly &&
    a.validUntil === b.validUntil &&
    a.timeInForce === b.timeInForce
  )
}

/** An idempotency key came again with another request: the signal is dead-lettered, and the first decision is kept. */
export class IdempotencyConflict extends ProcessorError {
  constructor(portfolioId: string, idempotencyKey: string) {
    super(
      'PROCESS_FAILED',
      `IDEMPOTENCY_CONFLICT: key '${idempotencyKey}' of portfolio '${portfolioId}' was decided for another request: ` +
        'give a new request a new key',
      { context: { reasonCode: 'IDEMPOTENCY_CONFLICT', portfolioId, idempotencyKey } },
    )
  }
}
