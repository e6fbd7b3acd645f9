import { createServer } from 'node:net'
import * as assert from 'uvu/assert'
import { answers, startServers } from '../../../ops/cluster/choose.ts'
import { freePort, freePorts } from '../../../ops/cluster/free-port.ts'
import { readEnvironment } from '../../../topology/app/environment.ts'
import { suite } from '../../support/suite.ts'

const listening = async (use: (port: number) => Promise<void>) => {
  const server = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  await use((server.address() as { port: number }).port)
  await new Promise(resolve => server.close(resolve))
}

suite('choice of parts', test => {
  test('a server that the environment names is taken as it is, and left alone', () =>
    listening(async port => {
      const config = readEnvironment({ KAFKA_BROKERS: `127.0.0.1:1,127.0.0.1:${port}` })
      const { parts, missing, stop } = await startServers(['kafka'], { config })
      assert.equal(missing, [])
      assert.equal([parts[0]?.origin, parts[0]?.url], ['environment', `127.0.0.1:1,127.0.0.1:${port}`])
      assert.is(parts[0]?.faults, undefined)
      await stop()
      assert.ok(await answers('kafka', `127.0.0.1:${port}`))
    }))

  test('one that does not answer is missing, with the variable, and no other is started for it', async () => {
    const config = readEnvironment({ DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/db' })
    const { parts, missing } = await startServers(['postgres'], { config })
    assert.equal(parts, [])
    assert.equal(missing, [
      {
        name: 'postgres',
        reason: 'DATABASE_URL names 127.0.0.1:1, but nothing answers there: start it, or unset it',
      },
    ])
  })

  test('free ports differ, and a usual port is taken only when it is free', async () => {
    const some = await freePorts(200)
    assert.is(new Set(some).size, 200)
    // Else a client's own connection could hold the port of a server that restarts.
    assert.ok(Math.max(...some) < 32_768, `${Math.max(...some)}`)
    await listening(async port => {
      assert.is.not(await freePort(port), port)
    })
    const [free] = (await freePorts(1)) as [number]
    assert.is(await freePort(free), free)
    const [first, second] = (await freePorts(2, free)) as [number, number]
    assert.is(first, free)
    assert.is.not(second, free)
  })
})
