import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { Watch } from './watch.ts'

interface Told {
  readonly task: string
  readonly state: string
  readonly lag?: number
  readonly lastCommitAt?: number
}

/** A worker whose `/status` is given by the test. */
async function worker(
  name: string,
): Promise<{ name: string; port: number; asked: number; tasks: Told[]; server: Server }> {
  const told = { name, port: 0, asked: 0, tasks: [] as Told[] }
  const server = createServer((_, response) => {
    worker.asked++
    response.end(JSON.stringify({ tasks: worker.tasks }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  told.port = (server.address() as AddressInfo).port
  const worker = Object.assign(told, { server })
  return worker
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 20))
}

suite('watch of recoveries', test => {
  test('a task is back when it has committed since, or runs with nothing to read; then how long it took is known', async () => {
    const [dead, heir] = [await worker('dead'), await worker('heir')]
    const crew = { joined: [dead, heir] }
    dead.tasks = ['a', 'b', 'c'].map(task => ({ task, state: 'running', lag: 0 }))
    const watch = new Watch(crew)
    // One look after another: at the second the first has come back.
    await until(() => dead.asked > 1)
    crew.joined = [heir]
    const at = Date.now()
    watch.lost('dead', 'kill', at)
    assert.is(watch.unrecovered.length, 3)

    heir.tasks = [
      { task: 'a', state: 'running', lag: 7, lastCommitAt: at + 5_000 },
      { task: 'b', state: 'running', lag: 7, lastCommitAt: at - 1 },
      { task: 'c', state: 'restoring', lag: 0 },
    ]
    await until(() => watch.unrecovered.length === 2)
    assert.equal(watch.unrecovered, ['b after kill', 'c after kill'])
    assert.equal(watch.recoveries, [])

    heir.tasks = ['b', 'c'].map(task => ({ task, state: 'running', lag: 0 }))
    await until(() => watch.recoveries.length === 1)
    assert.equal(watch.recoveries, [{ fault: 'kill', ms: 5_000, tasks: 3 }])
    await watch.close()
    for (const { server } of [dead, heir]) {
      server.closeAllConnections()
      server.close()
    }
  })
})
