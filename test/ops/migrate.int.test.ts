import postgres, { type Sql } from 'postgres'
import * as assert from 'uvu/assert'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { run } from '../../topology/app/run.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import type { MillraceError } from '../../topology/definition/errors.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { millrace } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import barTopology, { ticks } from './fixtures/bars.ts'

const { database, prefix } = await realParts({ postgres: true })
const topologyFile = 'test/ops/fixtures/bars.ts'
const role = `${prefix}worker`.replaceAll('-', '_')

/** A role that may connect and do nothing else. */
async function makeRole(sql: Sql, url: string): Promise<string> {
  await sql.unsafe(`create role ${role} login password 'not-secret'`)
  await sql.unsafe('revoke create on schema public from public')
  const own = new URL(url)
  own.username = role
  own.password = 'not-secret'
  return own.href
}

suite('migrate', test => {
  test('makes the tables as their owner, and a role without any right but its grants runs the worker', async () => {
    const url = await database()
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    try {
      const worker = await makeRole(sql, url)
      const schema = 'state'
      const environment = { DATABASE_URL: url, MILLRACE_SCHEMA: schema }

      const printed = await millrace(['migrate', `--topology=${topologyFile}`], environment)
      assert.is(printed.code, 1, printed.stderr)
      assert.match(printed.stdout, /create schema if not exists "state"/)
      assert.match(printed.stdout, /create table if not exists "state"\."bars" \(/)
      assert.is((await sql`select to_regnamespace('state') as name`)[0]?.name, null)

      // A worker without rights says so, and by which command to go on.
      const refused = postgresStorage({ url: worker, schema, clock: systemClock })
      const stores = buildGraph(barTopology).subtopologies.flatMap(sub => sub.stores)
      const error = await refused.migrate('bars', stores).catch(error => error as MillraceError)
      await refused.close()
      assert.is(error?.code, 'CONFIG_INVALID')
      assert.match(error?.message ?? '', "run 'millrace migrate --apply' as the schema's owner")

      const flags = ['--apply', '--views', `--grant-to=${role}`, '--json']
      const applied = await millrace(['migrate', `--topology=${topologyFile}`, ...flags], environment)
      assert.is(applied.code, 0, applied.stderr)
      const { statements, ...rest } = JSON.parse(applied.stdout)
      assert.equal(rest, { application: 'bars', schema, applied: true })
      assert.ok(
        statements.some((each: string) => each.startsWith('grant select, insert, update, delete on "state"."bars"')),
      )
      const again = await millrace(['migrate', `--topology=${topologyFile}`, ...flags], environment)
      assert.equal([again.code, JSON.parse(again.stdout).statements], [0, []])

      const broker = new MemoryBroker({ clock: systemClock })
      const app = await run(barTopology, {
        kafka: broker,
        postgres: worker,
        schema,
        settings: { commitIntervalMs: 20 },
      })
      const writer = await broker.writer()
      const at = Date.parse('2026-03-01T10:00:30Z')
      const record = { topic: ticks.name, partition: 0, key: Buffer.from('a'), value: Buffer.from('1'), headers: [] }
      await writer.send([0, 1, 2].map(second => ({ ...record, timestamp: at + second * 1_000 })))
      const rows = async () => [...(await sql`select * from state.bars_view`)]
      await waitFor(async () => (await rows())[0]?.value === '3', { what: 'the worker of few rights counts nothing' })
      await app.stop()
      await writer.close()
      // Bounds of windows as people read them, beside the number.
      assert.equal(await rows(), [
        {
          key: 'a',
          window_start: String(Date.parse('2026-03-01T10:00:00Z')),
          window_start_at: new Date('2026-03-01T10:00:00Z'),
          window_end: String(Date.parse('2026-03-01T10:01:00Z')),
          window_end_at: new Date('2026-03-01T10:01:00Z'),
          value: '3',
          updated_at: new Date('2026-03-01T10:00:32Z'),
        },
      ])
    } finally {
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`).catch(() => {})
      await sql.end()
    }
  })
})
