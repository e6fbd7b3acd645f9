import { integer, text } from 'drizzle-orm/pg-core'
import { columns, json, processor, store, string, topic, topology } from 'millrace'

export interface Visit {
  readonly userId: string
  readonly page: string
  readonly views: number
  readonly at: number
}

export const views = topic('views', { key: string, value: json<{ readonly page: string }>() })

export const visits = store.table(
  'visits',
  { userId: text().notNull(), page: text().notNull(), views: integer().notNull(), at: columns.timestamp().notNull() },
  { key: ['userId', 'page'], value: json<Visit>() },
)

export const countVisits = processor({
  name: 'count-visits',
  streams: [views],
  stores: { visits },
  async process({ key: userId, value: { page }, timestamp: at }, { stores }) {
    const known = await stores.visits.get([userId, page])
    stores.visits.put([userId, page], { userId, page, views: (known?.views ?? 0) + 1, at })
  },
})

export default topology('visits', t => {
  t.processor(countVisits)
})
