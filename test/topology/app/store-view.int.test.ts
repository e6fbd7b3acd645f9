import { integer, text } from 'drizzle-orm/pg-core'
import * as assert from 'uvu/assert'
import { json } from '../../../schemas/json.ts'
import { store } from '../../../store/definitions.ts'
import { run } from '../../../topology/app/on-demand.ts'
import { processor } from '../../../topology/definition/processor.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const { database } = await realParts({ postgres: true })
const visits = topic('visits', { key: string, value: json<{ readonly page: string }>(), partitions: 3 })
const views = store.table(
  'views',
  { visitor: text().notNull(), page: text().notNull(), times: integer().notNull() },
  { key: ['visitor', 'page'], value: json<{ visitor: string; page: string; times: number }>() },
)
const counting = topology('views', t => {
  t.processor(
    processor({
      name: 'count',
      streams: [visits],
      stores: { views },
      async process({ key: visitor, value: { page } }, { stores }) {
        const known = await stores.views.get([visitor, page])
        stores.views.put([visitor, page], { visitor, page, times: (known?.times ?? 0) + 1 })
      },
    }),
  )
})

suite('the stores of an application in Postgres', test => {
  for (const schema of [undefined, 'of_their_own'])
    test(`are read in SQL as in memory, in schema ${schema ?? 'public'}`, async () => {
      const input = [
        ['ada', '/'],
        ['ada', '/a'],
        ['bea', '/'],
        ['ada', '/'],
        ['Zoe', '/'],
      ] as const
      const answers = async (postgres: string) => {
        const app = await run(counting, { postgres, ...(schema && { schema }) })
        for (const [visitor, page] of input) await app.send(visits, visitor, { page })
        const view = app.store(views)
        const sum = async () => (await view.all()).reduce((total, { value }) => total + value.times, 0)
        await waitFor(async () => (await sum()) === input.length, { what: 'rows are missing' })
        const keys = (rows: readonly { readonly key: unknown }[]) => rows.map(({ key }) => key)
        const found = {
          one: await view.get(['ada', '/']),
          none: await view.get(['ada', '/b']),
          all: keys(await view.all()),
          first: keys(await view.all({ limit: 1 })),
          prefix: keys(await view.prefix('ada')),
          range: keys(await view.range(['ada', '/a'], ['bea', '/'])),
        }
        await app.stop()
        return found
      }
      const inSql = await answers(await database())
      assert.equal(inSql, await answers('memory'))
      assert.equal(inSql.one, { visitor: 'ada', page: '/', times: 2 })
      assert.equal(inSql.all, [
        ['Zoe', '/'],
        ['ada', '/'],
        ['ada', '/a'],
        ['bea', '/'],
      ])
      assert.equal(inSql.range, [
        ['ada', '/a'],
        ['bea', '/'],
      ])
    })
})
