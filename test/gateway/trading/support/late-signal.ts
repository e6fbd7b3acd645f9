import { postSignal } from '../../../../gateway/trading/registration.ts'
import type { Outbox } from '../../../../store/outbox/outbox.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'

/** Posts a signal of another request under a key, without a look at the decisions. */
export async function postLate(outbox: Outbox, idempotencyKey: string): Promise<void> {
  const parts = { outbox, clock: systemClock, schema: 'public', producer: 'test', known: async () => undefined }
  await postSignal(parts, {
    ...{ signalId: `late-${idempotencyKey}`, idempotencyKey, strategyId: 'test', portfolioId: 'alpha-01' },
    ...{ exchange: 'XNAS', instrumentId: 'MSFT', side: 'SELL', quantity: 10n ** 18n, orderType: 'MARKET' },
    ...{ limitPrice: null, referencePrice: null, reduceOnly: false, validUntil: null, timeInForce: null },
  })
}
