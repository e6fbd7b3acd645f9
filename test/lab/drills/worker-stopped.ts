import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { deploy } from '../../../topology/app/deploy.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { endIn, millrace } from '../../support/command.ts'
import topology, { commands, orders } from '../../support/fixtures/commands.ts'
import type { Runbook } from '../../support/runbook.ts'
import { waitFor } from '../../support/wait-for.ts'
import { alertsOf, scrape, scrapeUntil, sumOf, untilQuiet } from './scrapes.ts'
import type { TradingGround } from './trading-ground.ts'

const file = '--topology=test/support/fixtures/commands.ts'
const more = [file]

/**
 * A worker that ends again and again, since its database is another one; a record that its processor refuses by policy, and that is
 * passed over; offsets that are put back; a table that is wiped; and a processor that starts anew and counts everything again.
 */
export async function workerStoppedDrill(runbook: Runbook, { servers, env, outside, startWorker }: TradingGround) {
  await deploy(buildGraph(topology), outside)
  const sql = postgres(servers.postgres, { max: 1, onnotice: () => {} })
  const writer = await outside.broker.writer()
  const send = (topic: string, count: number) =>
    writer.send(
      Array.from({ length: count }, () => ({
        ...{ topic, partition: 0, timestamp: 1_000, headers: [] },
        ...{ key: Buffer.from('drill'), value: Buffer.from('count') },
      })),
    )
  const total = async () => {
    const rows = await sql<{ total: string }[]>`select value as total from totals where key = 'drill'`.catch(() => [])
    return Number(rows[0]?.total ?? 0)
  }
  const elsewhere = { DATABASE_URL: `${servers.postgres}-elsewhere` }
  try {
    const lives = await Promise.all([1, 2].map(() => millrace(['worker', file], { ...env, ...elsewhere })))
    for (const { code, stderr } of lives) {
      assert.is(code, 3)
      assert.is(endIn(stderr).exitCode, 3, stderr)
      assert.match(endIn(stderr).said, 'DATABASE_URL')
    }
    await runbook.follow('doctor', { more, env: elsewhere })

    let worker = await startWorker(more)
    const calm = await scrape(worker)
    await send(commands.name, 20)
    await send(orders.name, 1)
    const parked = await scrapeUntil(worker, 'no task is set apart', each => sumOf(each, 'millrace_task_parked') > 0)
    assert.equal(alertsOf(calm, parked), ['MillraceTaskParked'])
    assert.match((await worker.get('readyz'))?.body ?? '', 'STOPPED_BY_POLICY')
    await waitFor(async () => (await total()) === 20, { what: 'the commands are not counted' })
    assert.is(await worker.end(), 0, worker.stderr)

    const [end] = await outside.broker.admin.listOffsets([{ topic: commands.name, partition: 0 }], 'committed')
    const strict = { processor: 'strict', topic: orders.name, partition: '0' }
    const obey = { processor: 'obey', topic: commands.name, partition: '0' }
    await runbook.follow('offsets set', { more, values: { ...obey, offset: String(end) } })
    await runbook.follow('offsets list', { more, values: obey })
    await runbook.follow('offsets set', { more, values: { ...obey, partition: '1' } })
    await runbook.follow('offsets set', { more, values: strict })
    await runbook.follow('state wipe', { more, values: { store: 'totals' } })
    await runbook.follow('state wipe', { more, values: { store: 'totals' } })
    assert.is(await total(), 0)
    worker = await startWorker(more)
    await waitFor(async () => (await total()) === 20, { what: 'the table is not restored', said: () => worker.stderr })
    assert.is(sumOf(await scrape(worker), 'millrace_task_parked'), 0, 'the refused record was passed over')
    assert.is(await worker.end(), 0, worker.stderr)

    await runbook.follow('state reset', { more, values: obey })
    await runbook.follow('state reset', { more, values: obey })
    await send(commands.name, 5)
    worker = await startWorker(more)
    await waitFor(async () => (await total()) === 25, { what: 'not counted anew', said: () => worker.stderr })
    await untilQuiet(calm, worker)
    assert.is(await worker.end(), 0, worker.stderr)
  } finally {
    await writer.close()
    await sql.end()
  }
}
