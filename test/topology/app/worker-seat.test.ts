import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import * as assert from 'uvu/assert'
import type { WorkerSettings } from '../../../topology/app/worker-run.ts'
import { Seat } from '../../../topology/app/worker-seat.ts'
import { silentLog } from '../../../topology/runtime/log.ts'
import { suite } from '../../support/suite.ts'

/** A Kafka that takes connections and never answers. */
async function silentServer() {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, sockets, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

suite(
  'worker seat',
  test => {
    test('stop while its thread starts: the thread ends at once, nothing stays open, and no error is told', async () => {
      const { server, sockets, address } = await silentServer()
      const settings: WorkerSettings = {
        processors: [],
        kafka: { brokers: address },
        registry: { url: `http://${address}` },
        postgres: `postgres://nobody@${address}/nothing`,
        schema: undefined,
        logLevel: 'error',
        metrics: false,
      }
      const seat = new Seat('worker thread 1', settings, silentLog)
      let failed: unknown
      void seat.failed.then(error => {
        failed = error
      })
      const starting = seat.start()
      const [connected] = (await once(server, 'connection')) as [Socket]
      const closed = once(connected, 'close')
      await seat.stop()
      await starting
      await closed
      assert.is(sockets.size, 0)
      assert.is(failed, undefined)
      assert.equal((await seat.status()).tasks, [])
      server.close()
      await once(server, 'close')
    })
  },
  { timeoutMs: 60_000 },
)
