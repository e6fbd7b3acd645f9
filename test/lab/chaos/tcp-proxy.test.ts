import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { type KafkaApi, KafkaReplies, kafkaApis } from './proxy/kafka-replies.ts'
import { LossOrders } from './proxy/reply-loss.ts'
import { TcpProxy } from './proxy/tcp-proxy.ts'

/** length(INT32) api_key(INT16) api_version(INT16) correlation_id(INT32). */
function request(apiKey: number, correlationId: number): Buffer {
  const frame = Buffer.alloc(12)
  frame.writeInt32BE(8, 0)
  frame.writeInt16BE(apiKey, 4)
  frame.writeInt32BE(correlationId, 8)
  return frame
}

/** length(INT32) correlation_id(INT32). */
function reply(correlationId: number): Buffer {
  const frame = Buffer.alloc(8)
  frame.writeInt32BE(4, 0)
  frame.writeInt32BE(correlationId, 4)
  return frame
}

/** Answers each 12-byte request, and keeps the correlation ids that reached it. `drop` closes its connections. */
async function fakeBroker() {
  const reached: number[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', chunk => {
      for (let at = 0; at < chunk.length; at += 12) {
        const id = chunk.readInt32BE(at + 8)
        reached.push(id)
        socket.write(reply(id))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    port: (server.address() as AddressInfo).port,
    reached,
    drop: () => {
      for (const socket of sockets) socket.end()
    },
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {})
  return socket
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve))
}

async function received(socket: Socket, bytes: number): Promise<Buffer> {
  let all = Buffer.alloc(0)
  while (all.length < bytes) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    all = Buffer.concat([all, chunk])
  }
  return all
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}

suite('TCP proxy', test => {
  const orders = new LossOrders<KafkaApi>()
  let broker: Awaited<ReturnType<typeof fakeBroker>>
  let proxy: TcpProxy

  test.before.each(async () => {
    orders.clear()
    broker = await fakeBroker()
    proxy = await TcpProxy.listen({ replyLoss: () => new KafkaReplies(orders) })
    proxy.forwardTo(broker.port)
  })

  test.after.each(async () => {
    await proxy.close()
    broker.server.close()
  })

  test('bytes pass both ways', async () => {
    const socket = await open(proxy.port)
    socket.write(Buffer.concat([request(3, 1), request(18, 2)]))
    assert.equal(await received(socket, 16), Buffer.concat([reply(1), reply(2)]))
    socket.destroy()
  })

  test('the reply to an API key is lost, once, when the broker has the request; the connection is cut', async () => {
    const lost = orders.loseNext('EndTxn')
    const socket = await open(proxy.port)
    socket.write(request(3, 1))
    assert.equal(await received(socket, 8), reply(1))
    socket.write(request(kafkaApis.EndTxn, 2))
    let more = 0
    socket.on('data', chunk => {
      more += chunk.length
    })
    await Promise.all([lost, closed(socket)])
    assert.equal(broker.reached, [1, 2])
    assert.is(more, 0, 'nothing of the reply came through')

    const next = await open(proxy.port)
    next.write(request(kafkaApis.EndTxn, 3))
    assert.equal(await received(next, 8), reply(3), 'only the first was lost')
    next.destroy()
  })

  test('a black hole holds everything, and delivers late what a client sent that has gone', async () => {
    const socket = await open(proxy.port)
    socket.write(request(3, 1))
    await received(socket, 8)
    proxy.blackHole()
    socket.end(request(3, 2))
    await once(socket, 'finish')
    socket.destroy()
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.equal(broker.reached, [1])
    proxy.clear()
    await until(() => broker.reached.length === 2)
    assert.equal(broker.reached, [1, 2])
  })

  test('an end that comes during a black hole is told when it is over', async () => {
    const socket = await open(proxy.port)
    socket.write(request(3, 1))
    await received(socket, 8)
    proxy.blackHole()
    broker.drop()
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.is(socket.readableEnded, false)
    proxy.clear()
    await closed(socket)
    await until(() => proxy.connections === 0)
  })

  test('forgotten connections pass nothing, not even an end; new ones do', async () => {
    const socket = await open(proxy.port)
    socket.write(request(3, 1))
    await received(socket, 8)
    assert.is(proxy.forget(), 1)
    socket.write(request(3, 2))
    broker.drop()
    const next = await open(proxy.port)
    next.write(request(3, 3))
    assert.equal(await received(next, 8), reply(3))
    assert.equal([broker.reached, socket.readableEnded], [[1, 3], false])
    for (const each of [socket, next]) each.destroy()
  })

  test('a reset cuts every connection', async () => {
    const sockets = await Promise.all([open(proxy.port), open(proxy.port)])
    await until(() => proxy.connections === 2)
    assert.is(proxy.reset(), 2)
    await Promise.all(sockets.map(closed))
    assert.is(proxy.connections, 0)
  })

  test('a delay keeps the order', async () => {
    const socket = await open(proxy.port)
    socket.write(request(3, 0))
    await received(socket, 8)
    proxy.delay(300)
    const began = performance.now()
    socket.write(request(3, 1))
    // In one process: after some turns of the loop the proxy holds it.
    for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
    assert.equal(broker.reached, [0])
    proxy.delay(0)
    socket.write(request(3, 2))
    assert.equal(await received(socket, 16), Buffer.concat([reply(1), reply(2)]))
    assert.ok(performance.now() - began >= 299)
    socket.destroy()
  })
})
