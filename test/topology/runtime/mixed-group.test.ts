import * as assert from 'uvu/assert'
import { run } from '../../../topology/app/run.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { silentLog } from '../../../topology/runtime/log.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

const lines = topic('lines', { key: string, value: string, partitions: 2 })
const to = (name: string) =>
  topology('copy', t => {
    t.stream(lines).to(topic(name, { key: string, value: string }))
  })

async function warnings(first: string, second: string): Promise<readonly string[]> {
  const kafka = new MemoryBroker({ clock: systemClock })
  const told: string[] = []
  const log = { ...silentLog, warn: (_: unknown, message: string) => told.push(message) }
  const apps = [await run(to(first), { kafka, log }), await run(to(second), { kafka, log })]
  const settled = () => apps.every(app => app.status().filter(task => task.state === 'running').length === 1)
  await waitFor(settled, { what: 'the tasks are not shared', timeoutMs: 25_000 })
  for (const app of apps) await app.stop()
  return told.filter(message => message.includes('different topologies'))
}

suite('two topologies of one name in a group', test => {
  test('are noticed by its leader', async () => {
    const [warning = ''] = await warnings('copies', 'others')
    assert.match(
      warning,
      /^group 'copy-lines' has members with different topologies of one name \([0-9a-f]{12} on .+; [0-9a-f]{12} on /,
    )
  })

  test('of one text nothing is said', async () => {
    assert.equal(await warnings('copies', 'copies'), [])
  })
})
