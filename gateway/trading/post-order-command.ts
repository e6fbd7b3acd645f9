import { commandEvent } from '../../processors/domain/execution/command-event.ts'
import { correlationHeader } from '../../processors/domain/shared/correlation.ts'
import { endedStatuses } from '../../processors/domain/shared/order-moves.ts'
import { ordersCommands } from '../../processors/topics.ts'
import type { OrderCommandRow } from '../../schemas/trading/generated/order-command-row.ts'
import type { OrderRow } from '../../schemas/trading/generated/order-row.ts'
import { AlreadyThere } from '../index.ts'
import { putOrderCommand, selectOrderCommand } from './order-command-statements.ts'
import type { CommandOf, OrderOf } from './reads/order-reads.ts'
import { fingerprintOf, type RegistrationParts } from './registration.ts'

/** The parts that post commands to orders. */
export interface OrderCommandParts
  extends Pick<RegistrationParts, 'outbox' | 'clock' | 'schema' | 'producer' | 'traceparent'> {
  /** The order as the reconciler holds it. */
  order(key: OrderOf): Promise<OrderRow | undefined>
  /** The command as execution-sim has taken it, whoever sent it. */
  taken(key: CommandOf): Promise<OrderCommandRow | undefined>
}

/** The order to cancel an order, or to give it another limit or quantity. Decimals count 1e-18; null: as it is. */
export interface OrderCommandGiven {
  readonly commandId: string
  readonly action: 'CANCEL' | 'REPLACE'
  readonly quantity: bigint | null
  readonly limitPrice: bigint | null
  readonly actor: string
  readonly reason: string
}

/** The outcome of posting a command. `repeated`: it was posted before, and makes no second event. */
export type CommandPosting =
  | { readonly kind: 'posted' | 'repeated'; readonly eventId: string; readonly tradeId: string }
  /** The id was used for another command, or the order has ended. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** The portfolio has no such order. */
  | { readonly kind: 'absent' }

/**
 * Posts a command: its id is taken and its event is written, together. A repeated one changes nothing. A race with a fill is decided
 * by execution-sim: a command that was posted may still be refused there, which its status tells.
 */
export async function postOrderCommand(
  parts: OrderCommandParts,
  key: OrderOf,
  given: OrderCommandGiven,
): Promise<CommandPosting> {
  const { outbox, clock, schema, producer, traceparent } = parts
  const { portfolioId, orderId } = key
  const { commandId } = given
  const order = await parts.order(key)
  if (order === undefined) return { kind: 'absent' }
  const { tradeId, status } = order
  const event = commandEvent({ portfolioId, tradeId, ...given }, clock.now(), producer)
  const { eventId, correlationId } = event
  const fingerprint = fingerprintOf(identityOf(tradeId, given))
  const standing = await standingFingerprint(parts, { portfolioId, commandId })
  if (standing !== undefined) return answerOf(standing)
  if (endedStatuses.some(ended => ended === status))
    return { kind: 'conflict', reason: `order '${orderId}' is ${status}, which is an end` }
  const entry = {
    topic: ordersCommands.name,
    key: event.key,
    eventId,
    event: ordersCommands.value.sql.toSql(event) as string,
    headers: { [correlationHeader]: correlationId, ...(traceparent !== undefined && { traceparent }) },
  }
  try {
    const row = { portfolioId, commandId, tradeId, fingerprint }
    if (await outbox.post(putOrderCommand(schema, row), entry)) return { kind: 'posted', eventId, tradeId }
  } catch (error) {
    if (!(error instanceof AlreadyThere)) throw error
  }
  return answerOf(await standingFingerprint(parts, { portfolioId, commandId }))

  function answerOf(known: string | undefined): CommandPosting {
    if (known === fingerprint) return { kind: 'repeated', eventId, tradeId }
    return { kind: 'conflict', reason: `commandId '${commandId}' was used for another command` }
  }
}

/** The fingerprint of the command that has an id already: of a request, or of a record of another producer. */
async function standingFingerprint(parts: OrderCommandParts, key: CommandOf): Promise<string | undefined> {
  const posted = await postedCommand(parts, key)
  if (posted !== undefined) return posted.fingerprint
  const row = await parts.taken(key)
  return row && fingerprintOf(identityOf(row.tradeId, row))
}

/** The command that was posted under an id. Undefined: none was. */
export async function postedCommand(
  { outbox, schema }: Pick<OrderCommandParts, 'outbox' | 'schema'>,
  { portfolioId, commandId }: CommandOf,
): Promise<{ readonly tradeId: string; readonly fingerprint: string } | undefined> {
  const [row] = await outbox.read(selectOrderCommand(schema, portfolioId, commandId))
  return row && { tradeId: row[0] as string, fingerprint: row[1] as string }
}

/** A text that is equal for equal commands. */
function identityOf(
  tradeId: string,
  { action, quantity, limitPrice }: Pick<OrderCommandRow, 'action' | 'quantity' | 'limitPrice'>,
): string {
  return JSON.stringify([tradeId, action, String(quantity), String(limitPrice)])
}
