import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { tradingSignals } from '../../../processors/topics.ts'
import type { Runbook } from '../../support/runbook.ts'
import { decisionsOn } from './decisions.ts'
import { alertsOf, scrape, scrapeUntil, sumOf, untilQuiet } from './scrapes.ts'
import { drillKey, drillSignal } from './signal-record.ts'
import type { TradingGround } from './trading-ground.ts'

function eventOf(idempotencyKey: string) {
  const event = drillSignal(idempotencyKey)
  return { eventId: event.eventId, event: tradingSignals.value.sql.toSql(event) as string }
}

/**
 * The relay is poisoned: two entries that an older and a newer gateway wrote cannot be published, and what waits behind them in
 * their key does not go out. One is mended and tried again, one is given up.
 */
export async function outboxDrill(runbook: Runbook, { servers, gateway, outside, rest }: TradingGround) {
  const calm = await scrape(gateway)
  const sql = postgres(servers.postgres, { max: 1, onnotice: () => {} })
  const put = (eventId: string, topic: string, event: string) =>
    sql`insert into millrace_outbox (topic, key, event_id, event, posted_at)
        values (${topic}, ${drillKey}, ${eventId}, ${event}::text::jsonb, now() - interval '2 minutes')`
  const older = eventOf('drill-older')
  const behind = eventOf('drill-behind')
  const newer = randomUUID()
  try {
    const { payload: _, ...halved } = JSON.parse(older.event)
    await put(older.eventId, tradingSignals.name, JSON.stringify(halved))
    await put(newer, 'trading.signals.next', JSON.stringify({ eventId: newer }))
    await put(behind.eventId, tradingSignals.name, behind.event)
    const trouble = await scrapeUntil(
      gateway,
      'nothing waits in the outbox',
      samples => sumOf(samples, 'millrace_outbox_oldest_pending_seconds') > 60,
    )
    assert.equal(alertsOf(calm, trouble, 'gateway'), ['MillraceOutboxStuck'])

    await runbook.follow('outbox status', { withinMs: 60_000 })
    const values = { 'event-id': older.eventId }
    await runbook.follow('outbox list', { values })
    await runbook.follow('outbox show', { values })
    await sql`update millrace_outbox set event = ${older.event}::text::jsonb where event_id = ${older.eventId}`
    await runbook.follow('outbox retry', { values })
    await runbook.follow('outbox skip', { values: { 'event-id': newer } })
    await runbook.follow('outbox status', { withinMs: 60_000 })

    await untilQuiet(calm, gateway)
    await rest()
    assert.equal(await decisionsOn(['drill-older', 'drill-behind'], outside), [1, 1])
    const running = await runbook.start('outbox relay')
    assert.is(await running.end(), 0)
    await runbook.follow('outbox relay --once')
  } finally {
    await sql.end()
  }
}
