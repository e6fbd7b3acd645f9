import { and, eq } from 'drizzle-orm'
import type { OrderCommandRow } from '../../../schemas/trading/generated/order-command-row.ts'
import type { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import { orderCommands } from '../../../store/trading/execution-sim.ts'
import { orders } from '../../../store/trading/reconciler.ts'
import { type Reading, readCheckpoints, type Snapshot, type StoreLocation, storesNotReady } from '../../index.ts'
import { inPartitions } from './trace-reads.ts'

/** The key of an order. */
export interface OrderOf {
  readonly portfolioId: string
  readonly orderId: string
}

/** A command to an order: its id is unique in its portfolio. */
export interface CommandOf {
  readonly portfolioId: string
  readonly commandId: string
}

/** One order. */
export async function readOrder(
  snapshot: Snapshot,
  location: StoreLocation,
  { portfolioId, orderId }: OrderOf,
): Promise<Reading<OrderRow>> {
  const { table } = orders
  const partitions = await partitionsOf(snapshot, location, orders)
  if (partitions === undefined) return { kind: 'not ready', stores: [orders.name] }
  const [row] = await snapshot.db
    .select()
    .from(table)
    .where(and(inPartitions(partitions), eq(table.portfolioId, portfolioId), eq(table.orderId, orderId)))
  return row ? { kind: 'found', value: row } : { kind: 'absent' }
}

/** A command to an order, as execution-sim has taken it. */
export async function readOrderCommand(
  snapshot: Snapshot,
  location: StoreLocation,
  { portfolioId, commandId }: CommandOf,
): Promise<Reading<OrderCommandRow>> {
  const { table } = orderCommands
  const partitions = await partitionsOf(snapshot, location, orderCommands)
  if (partitions === undefined) return { kind: 'not ready', stores: [orderCommands.name] }
  const named = and(eq(table.portfolioId, portfolioId), eq(table.commandId, commandId))
  const [row] = await snapshot.db
    .select()
    .from(table)
    .where(and(inPartitions(partitions), named))
  return row ? { kind: 'found', value: row } : { kind: 'absent' }
}

/** The partitions of a store that is there. Undefined: it is not. */
async function partitionsOf(
  snapshot: Snapshot,
  location: StoreLocation,
  store: typeof orders | typeof orderCommands,
): Promise<readonly number[] | undefined> {
  const checkpoints = await readCheckpoints(snapshot, location, [store])
  if (storesNotReady(checkpoints, [store], undefined).length > 0) return undefined
  return checkpoints.map(({ partition }) => partition)
}
