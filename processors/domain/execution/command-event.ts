import type { OrderCommand, OrderCommandEvent } from '../../../schemas/trading/generated/order-command.ts'
import { commandIdOf } from '../shared/ids.ts'
import { portfolioKey } from '../shared/keys.ts'

/** The event that carries a command to an order. The same command gives the same event. Units of `occurredAt`: ms. */
export function commandEvent(payload: OrderCommand, occurredAt: number, producer: string): OrderCommandEvent {
  const eventId = commandIdOf(payload.portfolioId, payload.commandId)
  return {
    eventId,
    eventType: 'OrderCommand',
    schemaVersion: 1,
    occurredAt,
    producer,
    key: portfolioKey(payload.portfolioId),
    correlationId: eventId,
    payload,
  }
}
