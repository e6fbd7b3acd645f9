import { instrumentKey } from '../../../processors/domain/shared/keys.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import { instruments, limits } from '../../../processors/settings.ts'
import { tradingSignals } from '../../../processors/topics.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import type { Parts } from '../../../topology/app/connections.ts'
import type { OutgoingRecord } from '../../../topology/broker/port.ts'
import { partitionOf } from '../../../topology/runtime/partitioner.ts'

const one = 10n ** 18n
const { exchange, instrumentId, tickSize } = instruments[0]!
const [portfolioId] = limits.portfolios.keys()

/** Every signal of a drill is for this instrument. Shape: `'XNAS:AAPL'`. */
export const drillKey = instrumentKey(exchange, instrumentId)

/** A small market order under an idempotency key of the drill's. */
export function drillSignal(idempotencyKey: string, quantity = one): TradingSignalEvent {
  const price = 100n * one - ((100n * one) % tickSize)
  return signalEvent(
    {
      ...{ signalId: `${idempotencyKey}-${quantity}`, idempotencyKey, strategyId: 'drill', portfolioId: portfolioId! },
      ...{ exchange, instrumentId, side: 'BUY', quantity, orderType: 'MARKET', limitPrice: null },
      ...{ referencePrice: price, reduceOnly: false, validUntil: null, timeInForce: null },
    },
    Date.UTC(2026, 0, 5, 15),
    'drill',
  )
}

/** The same as a record of its topic, as a producer sends it. */
export async function signalRecord(
  idempotencyKey: string,
  { broker, registry }: Pick<Parts, 'broker' | 'registry'>,
  quantity?: bigint,
): Promise<OutgoingRecord> {
  const { name: topic } = tradingSignals
  const [spec] = await broker.admin.describeTopics([topic])
  const key = (await tradingSignals.key.bind({ topic, part: 'key', registry })).encode(drillKey)!
  const codec = await tradingSignals.value.bind({ topic, part: 'value', registry })
  const event = drillSignal(idempotencyKey, quantity)
  const partition = partitionOf(key, spec!.partitions)
  return { topic, partition, timestamp: event.occurredAt, key, value: codec.encode(event), headers: [] }
}
