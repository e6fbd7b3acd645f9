/*
 * A rule that no operator offers: more than three declined payments of a card within ten minutes block it, and a
 * punctuator lifts the block when the card has been quiet for an hour.
 *
 *   npx tsx examples/fraud.ts
 */

import { json, processor, store, string, topic, topology } from 'millrace'
import { testDriver } from 'millrace/testing'
import { runsDirectly } from './runs-directly.ts'

export interface PaymentAttempt {
  readonly cents: number
  readonly declined: boolean
}

export interface CardAlert {
  readonly status: 'blocked' | 'unblocked'
  readonly declines: number
}

/** The state kept for a card. Units: ms. */
export interface CardState {
  /** Times of the declined attempts of the last ten minutes. */
  readonly declines: readonly number[]
  readonly lastSeen: number
  readonly blocked: boolean
}

/** By card. */
export const attempts = topic('payment-attempts', { key: string, value: json<PaymentAttempt>() })
export const alerts = topic('card-alerts', { key: string, value: json<CardAlert>() })
export const cards = store.keyValue('cards', { key: string, value: json<CardState>() })

const windowMs = 10 * 60_000
const quietMs = 60 * 60_000
const allowedDeclines = 3

export const fraudRule = processor({
  name: 'fraud-rule',
  streams: [attempts],
  stores: { cards },
  sinks: { alerts },
  prefetch: record => ({ cards: [[record.key]] }),
  async process({ key, value, timestamp }, { stores, sinks }) {
    const known = (await stores.cards.get(key)) ?? { declines: [], lastSeen: 0, blocked: false }
    const recent = known.declines.filter(time => time > timestamp - windowMs)
    const declines = value.declined ? [...recent, timestamp] : recent
    const blocked = known.blocked || declines.length > allowedDeclines
    stores.cards.put(key, { declines, lastSeen: Math.max(known.lastSeen, timestamp), blocked })
    if (blocked && !known.blocked) sinks.alerts.send(key, { status: 'blocked', declines: declines.length })
  },
  punctuations: [
    {
      name: 'lift-blocks',
      every: '1m',
      on: 'stream-time',
      async run(time, { stores, sinks }) {
        for (const { key, value } of await stores.cards.all()) {
          if (time - value.lastSeen < quietMs) continue
          stores.cards.delete(key)
          if (value.blocked) sinks.alerts.send(key, { status: 'unblocked', declines: 0 })
        }
      },
    },
  ],
})

export const fraud = topology('fraud', t => {
  t.processor(fraudRule)
})

export default fraud

if (runsDirectly(import.meta.url)) {
  const minute = 60_000
  const driver = await testDriver(fraud)
  for (const at of [0, 1, 2, 3])
    await driver.pipe(attempts, 'card-1', { cents: 100, declined: true }, { at: at * minute })
  await driver.pipe(attempts, 'card-2', { cents: 100, declined: false }, { at: 70 * minute })
  console.table(driver.read(alerts).map(({ key, value, timestamp }) => ({ card: key, at: timestamp, ...value })))
}
