import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { postgresStorage } from '../../../store/postgres/postgres-storage.ts'
import { connectParts } from '../../../topology/app/connections.ts'
import { deploy } from '../../../topology/app/deploy.ts'
import { run } from '../../../topology/app/run.ts'
import type { MillraceError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const { kafka, prefix, database } = await realParts({ kafka: true, postgres: true })

const lines = topic(`${prefix}lines`, { key: string, value: string, partitions: 2 })
const counted = topology(`${prefix}words`, t => {
  t.stream(lines).groupByKey().count('counts')
})

suite(
  'workers on different databases of real servers',
  test => {
    test('a worker on another database is refused, one on the same with a role of its own is not', async () => {
      const parts = await connectParts({ kafka: kafka.url })
      await deploy(buildGraph(counted), parts)
      await parts.close()
      const url = await database()
      const first = await run(counted, { kafka: kafka.url, postgres: url })
      await waitFor(() => first.state === 'running', { what: 'the first worker does not run' })

      const second = await run(counted, { kafka: kafka.url, postgres: await database() })
      const error = (await second.failed) as MillraceError
      await second.stop()
      assert.is(error.code, 'CONFIG_INVALID')
      const name = new URL(url).pathname
      assert.match(
        error.message,
        new RegExp(`keep their state in database \\d+${name}/public .*, and this one in \\d+/`),
      )

      const third = await run(counted, { kafka: kafka.url, postgres: url })
      const one = (app: typeof first) => app.status().filter(({ state }) => state === 'running').length === 1
      await waitFor(() => one(first) && one(third), { what: 'the tasks are not shared' })
      await third.stop()
      await first.stop()
    })

    test('a role without rights is told the same place', async () => {
      const url = new URL(await database())
      const sql = postgres(url.href, { onnotice: () => {} })
      const role = `${prefix}reader`
      await sql.unsafe(`create role "${role}" login password 'one'`)
      const places: (string | undefined)[] = []
      for (const [username, password] of [
        [url.username, url.password],
        [role, 'one'],
      ] as const) {
        Object.assign(url, { username, password })
        const storage = postgresStorage({ url: url.href, clock: systemClock })
        places.push(await storage.place?.())
        await storage.close()
      }
      await sql.unsafe(`drop role "${role}"`)
      await sql.end()
      assert.match(places[0]!, /^\d+\//)
      assert.is(places[1], places[0])
    })
  },
  { timeoutMs: 280_000 },
)
