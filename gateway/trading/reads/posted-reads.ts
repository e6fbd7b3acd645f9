import { tradingSignals } from '../../../processors/topics.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import type { Outbox } from '../../index.ts'
import { selectPosted } from '../registration-statements.ts'

/** A signal that came in over HTTP or by the command line. Units: ms. */
export interface PostedSignal {
  readonly portfolioId: string
  readonly idempotencyKey: string
  readonly eventId: string
  readonly postedAt: number
  /** Null: it waits in the outbox, or its entry was removed some time after it was published (`event` is null, too). */
  readonly publishedAt: number | null
  readonly event: TradingSignalEvent | null
}

/** The signals that were posted with this idempotency key or event id. */
export async function readPosted(
  outbox: Pick<Outbox, 'read'>,
  schema: string,
  id: string,
): Promise<readonly PostedSignal[]> {
  const rows = await outbox.read(selectPosted(schema, id))
  return rows.map(([portfolioId, idempotencyKey, eventId, postedAt, publishedAt, event]) => ({
    portfolioId: portfolioId as string,
    idempotencyKey: idempotencyKey as string,
    eventId: eventId as string,
    postedAt: Number(postedAt),
    publishedAt: publishedAt === null ? null : Number(publishedAt),
    event: event === null ? null : tradingSignals.value.sql.fromSql(event),
  }))
}
