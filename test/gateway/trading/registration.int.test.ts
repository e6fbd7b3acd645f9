import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { openOutbox } from '../../../gateway/gateway.ts'
import { tradingGateway } from '../../../gateway/trading/extension.ts'
import { postSignal, registerInstrument } from '../../../gateway/trading/registration.ts'
import type { TradingSignal } from '../../../schemas/trading/generated/trading-signal.ts'
import { startRelay } from '../../../store/outbox/relay.ts'
import { connectParts } from '../../../topology/app/connections.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import { instrument } from './support/stub-reads.ts'

const { database } = await realParts({ postgres: true })

function signalOf(idempotencyKey: string, signalId: string): TradingSignal {
  const { exchange, instrumentId } = instrument
  return {
    ...{ idempotencyKey, signalId, strategyId: 'test', portfolioId: 'p', exchange, instrumentId },
    ...{ side: 'BUY', quantity: 10n ** 18n, orderType: 'MARKET', limitPrice: null, referencePrice: 10n ** 18n },
    ...{ reduceOnly: false, validUntil: null, timeInForce: null },
  }
}

suite('registration on a real Postgres', test => {
  test('when their entries were removed, an instrument and a signal still make no second event', async () => {
    const databaseUrl = await database()
    // In memory: signals and registrations go to topics of fixed names.
    const { broker, registry, clock, close } = await connectParts({})
    const outbox = openOutbox({ databaseUrl, clock, extension: tradingGateway })
    const { topics } = tradingGateway.posts!
    for (const { name, value, partitions } of topics) {
      await broker.admin.createTopics([{ name, partitions: partitions!, config: {} }])
      await registry.register(`${name}-value`, value.schema!)
    }
    const parts = { outbox, clock, schema: 'public', producer: 'test', known: async () => undefined }
    const { instrumentKey: _, instrumentVersion: __, ...terms } = instrument
    assert.is((await registerInstrument(parts, terms)).kind, 'registered')
    assert.is((await postSignal(parts, signalOf('k1', 's1'))).kind, 'posted')
    assert.is(await outbox.led(), false)
    const relay = startRelay({ outbox, broker, registry, clock, application: 'test', topics, leaseMs: 500, pollMs: 10 })
    while ((await outbox.status()).pending > 0) await clock.sleep(10)
    // A lease of so short a time may be over for a moment.
    await waitFor(() => outbox.led(), { what: 'no relay leads' })
    await relay.stop()

    const sql = postgres(databaseUrl, { max: 1 })
    await sql`update millrace_outbox set published_at = now() - interval '8 days' - id * interval '1 s'`
    assert.is(await outbox.prune(7 * 86_400_000, 100), 1, 'all but the last one')
    await sql`delete from millrace_outbox`
    assert.is((await registerInstrument(parts, terms)).kind, 'unchanged')
    assert.is((await postSignal(parts, signalOf('k1', 's1'))).kind, 'repeated')
    assert.equal(await postSignal(parts, signalOf('k2', 's1')), {
      kind: 'conflict',
      reason: "signalId 's1' was posted with another idempotency key",
    })
    assert.is((await sql`select 1 from millrace_outbox`).length, 0, 'no entry came of it')
    assert.is((await sql`select 1 from posted_signals`).length, 1)
    await sql.end()
    await outbox.close()
    await close()
  })
})
