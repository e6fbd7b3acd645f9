import { portfolioSignals, signalsChecked, topics, tradingSignals } from '../../../processors/topics.ts'
import type { PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { type Codec, type Parts, partitionsOf, readRaw } from '../../commands.ts'

/** The events of the pipeline's topics that carry an id. */
export interface FoundEvents {
  /** The correlation ids that lead from them to all others. */
  readonly correlationIds: readonly string[]
  readonly signals: readonly TradingSignalEvent[]
  /** Verdicts, each once. */
  readonly verdicts: readonly PortfolioSignalEvent[]
}

interface AnyEvent {
  readonly eventId?: unknown
  readonly correlationId?: unknown
  readonly payload?: { readonly idempotencyKey?: unknown }
}

/**
 * Reads every topic of the pipeline whole and gives the events whose event id, correlation id or idempotency key is `id`. Events are
 * Avro, whose text is plain UTF-8: only values that hold the id's bytes are decoded. Calls `progress` once for each topic.
 */
export async function searchTopics(
  { broker, registry }: Parts,
  id: string,
  progress: (topic: string) => void,
): Promise<FoundEvents> {
  const wanted = Buffer.from(id)
  const correlationIds = new Set<string>()
  const signals: TradingSignalEvent[] = []
  const verdicts = new Map<string, PortfolioSignalEvent>()
  for (const topic of topics) {
    const partitions = await partitionsOf(broker, [topic.name])
    if (partitions.length === 0) continue
    progress(topic.name)
    let codec: Codec<unknown> | undefined
    for await (const { value } of readRaw(broker, partitions)) {
      if (value === null || !Buffer.from(value.buffer, value.byteOffset, value.length).includes(wanted)) continue
      codec ??= await topic.value.bind({ topic: topic.name, part: 'value', registry })
      const event = await decoded(codec, value)
      if (event === undefined || !carries(event, id)) continue
      if (typeof event.correlationId === 'string') correlationIds.add(event.correlationId)
      if (topic.name === tradingSignals.name) signals.push(event as TradingSignalEvent)
      if (topic.name === signalsChecked.name || topic.name === portfolioSignals.name)
        verdicts.set(String(event.eventId), event as PortfolioSignalEvent)
    }
  }
  return { correlationIds: [...correlationIds], signals, verdicts: [...verdicts.values()] }
}

function carries({ eventId, correlationId, payload }: AnyEvent, id: string): boolean {
  return eventId === id || correlationId === id || payload?.idempotencyKey === id
}

/** Undefined for bytes that are no event: those are dead letters, which are looked for by themselves. */
async function decoded(codec: Codec<unknown>, value: Uint8Array): Promise<AnyEvent | undefined> {
  try {
    return (await codec.decode(value)) as AnyEvent
  } catch {
    return undefined
  }
}
