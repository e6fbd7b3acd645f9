import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as assert from 'uvu/assert'
import { confluentRegistry } from '../../../schemas/registry/confluent.ts'
import { MillraceError } from '../../../topology/definition/errors.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'

type Answer = { readonly status: number; readonly body: string } | 'silence'

/** A registry that answers what it is told, counts, and keeps what it was asked. */
async function fakeRegistry(answer: (request: IncomingMessage) => Answer) {
  const asked: { path: string; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ path: `${request.method} ${request.url}`, authorization: request.headers.authorization })
    const told = answer(request)
    if (told !== 'silence') response.writeHead(told.status, { 'content-type': 'application/json' }).end(told.body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }
  return { asked, close, host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** A clock that stands still until it is moved. Timers are real: they only end requests. */
function stoppedClock() {
  let now = 0
  const advance = (ms: number) => {
    now += ms
  }
  return { ...systemClock, monotonic: () => now, advance }
}

async function failure(work: () => unknown): Promise<MillraceError> {
  try {
    await work()
  } catch (error) {
    assert.instance(error, MillraceError)
    return error as MillraceError
  }
  throw new Error('it did not fail')
}

const schemaAnswer: Answer = { status: 200, body: '{"schema":"\\"long\\""}' }

suite('registry look-ups', test => {
  test('one request for all who ask for one id at a time, none for those who ask later', async () => {
    const server = await fakeRegistry(() => schemaAnswer)
    const registry = confluentRegistry({ url: `http://${server.host}`, clock: stoppedClock() })
    assert.equal(await Promise.all([registry.schemaOf(7), registry.schemaOf(7), registry.schemaOf(7)]), [
      'long',
      'long',
      'long',
    ])
    assert.is(registry.schemaOf(7), 'long')
    assert.equal(
      server.asked.map(({ path }) => path),
      ['GET /schemas/ids/7'],
    )
    await server.close()
  })

  test('an outage is one request in a back-off window, whatever is asked', async () => {
    let up = false
    const server = await fakeRegistry(() => (up ? schemaAnswer : { status: 503, body: '' }))
    const clock = stoppedClock()
    const registry = confluentRegistry({ url: `http://${server.host}`, clock, backoffMs: 1_000 })
    const codes = []
    for (const id of [1, 1, 2, 3]) codes.push((await failure(() => registry.schemaOf(id))).code)
    assert.equal(codes, new Array(4).fill('REGISTRY_UNAVAILABLE'))
    assert.is(server.asked.length, 1)
    clock.advance(999)
    await failure(() => registry.schemaOf(1))
    assert.is(server.asked.length, 1)
    clock.advance(1)
    await failure(() => registry.schemaOf(1))
    assert.is(server.asked.length, 2)
    clock.advance(1_000)
    up = true
    assert.is(await registry.schemaOf(1), 'long')
    assert.is(await registry.schemaOf(2), 'long')
    await server.close()
  })

  test('an id that nobody has is not asked for again within the window, and does not block others', async () => {
    const server = await fakeRegistry(request =>
      request.url === '/schemas/ids/1' ? { status: 404, body: '{"error_code":40403}' } : schemaAnswer,
    )
    const registry = confluentRegistry({ url: `http://${server.host}`, clock: stoppedClock() })
    for (let record = 0; record < 5; record++)
      assert.is((await failure(() => registry.schemaOf(1))).code, 'DECODE_FAILED')
    assert.is(await registry.schemaOf(2), 'long')
    assert.is(server.asked.length, 2)
    await server.close()
  })

  test('a registry that does not answer in time', async () => {
    const server = await fakeRegistry(() => 'silence')
    const registry = confluentRegistry({ url: `http://${server.host}`, clock: stoppedClock(), timeoutMs: 50 })
    const error = await failure(() => registry.schemaOf(1))
    assert.is(error.code, 'REGISTRY_UNAVAILABLE')
    assert.match(error.message, 'no answer in 50 ms')
    await server.close()
  })

  test('a registry that is not there', async () => {
    const server = await fakeRegistry(() => schemaAnswer)
    await server.close()
    const registry = confluentRegistry({ url: `http://${server.host}`, clock: stoppedClock() })
    assert.is((await failure(() => registry.schemaOf(1))).code, 'REGISTRY_UNAVAILABLE')
  })

  test('user and password of the URL go into the header, and into no message', async () => {
    const server = await fakeRegistry(() => ({ status: 401, body: '{}' }))
    const registry = confluentRegistry({ url: `http://me:p%40ss@${server.host}/base/`, clock: stoppedClock() })
    const error = await failure(() => registry.schemaOf(1))
    assert.is(error.code, 'CONFIG_INVALID')
    assert.not.match(error.message, /p%40ss|p@ss|me:/)
    assert.equal(server.asked, [
      { path: 'GET /base/schemas/ids/1', authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` },
    ])
    await server.close()
  })

  test('an address that is no registry says so', async () => {
    const server = await fakeRegistry(() => ({ status: 200, body: '<html>' }))
    const registry = confluentRegistry({ url: `http://${server.host}`, clock: stoppedClock() })
    assert.match((await failure(() => registry.schemaOf(1))).message, 'Confluent-compatible API')
    await server.close()
    assert.throws(() => confluentRegistry({ url: 'registry:8081', clock: systemClock }), /URL is not valid/)
  })

  test('a schema of another kind is a failure of the bytes', async () => {
    const server = await fakeRegistry(() => ({ status: 200, body: '{"schemaType":"PROTOBUF","schema":"syntax"}' }))
    const registry = confluentRegistry({ url: `http://${server.host}`, clock: stoppedClock() })
    assert.is((await failure(() => registry.schemaOf(1))).code, 'DECODE_FAILED')
    await server.close()
  })

  test('a schema that refers to other subjects is read whole', async () => {
    const stored: Record<string, object> = {
      '/schemas/ids/1': {
        schema:
          '{"type":"record","name":"acme.Order","fields":[{"name":"line","type":"Line"},{"name":"next","type":["null","acme.Line"]}]}',
        references: [{ name: 'acme.Line', subject: 'line', version: 2 }],
      },
      '/subjects/line/versions/2': {
        schema: '{"type":"record","name":"Line","namespace":"acme","fields":[{"name":"side","type":"acme.Side"}]}',
        references: [{ name: 'acme.Side', subject: 'side', version: 1 }],
      },
      '/subjects/side/versions/1': { schema: '{"type":"enum","name":"Side","namespace":"acme","symbols":["BUY"]}' },
    }
    const server = await fakeRegistry(request => ({ status: 200, body: JSON.stringify(stored[request.url!]) }))
    const registry = confluentRegistry({ url: `http://${server.host}`, clock: stoppedClock() })
    const side = { type: 'enum', name: 'Side', namespace: 'acme', symbols: ['BUY'] }
    assert.equal(await registry.schemaOf(1), {
      type: 'record',
      name: 'acme.Order',
      fields: [
        {
          name: 'line',
          type: { type: 'record', name: 'Line', namespace: 'acme', fields: [{ name: 'side', type: side }] },
        },
        { name: 'next', type: ['null', 'acme.Line'] },
      ],
    })
    await server.close()
  })
})
