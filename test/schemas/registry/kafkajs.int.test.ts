import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SchemaRegistry as KafkajsRegistry } from '@kafkajs/confluent-schema-registry'
import * as assert from 'uvu/assert'
import { avro } from '../../../schemas/avro/avro.ts'
import { RegistryHttp } from '../../../schemas/registry/http.ts'
import { kafkajsRegistry } from '../../../schemas/registry/kafkajs.ts'
import { connectRegistry } from '../../../topology/app/connections.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { schemaRegistryContract } from '../../contract/schema-registry.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { registry, prefix } = await realParts({ registry: true })
const clock = systemClock

schemaRegistryContract(
  'an instance of @kafkajs/confluent-schema-registry, on a real registry',
  () => {
    const outside = new RegistryHttp({ url: registry.url, clock, timeoutMs: 30_000 })
    const own = kafkajsRegistry(new KafkajsRegistry({ host: registry.url }), clock)
    return Object.assign(own, { ask: outside.ask.bind(outside) })
  },
  `${prefix}kafkajs-`,
  // Its errors have the status alone.
  false,
)

const tick = avro({ type: 'record', name: 'kafkajs.Tick', fields: [{ name: 'volume', type: 'long' }] })
const subject = `${prefix}kafkajs-ticks-value`

suite('an instance of @kafkajs/confluent-schema-registry', test => {
  test('is taken as it is: values are decoded by our own serdes, longs exactly', async () => {
    const instance = new KafkajsRegistry({ host: registry.url })
    const own = await connectRegistry(instance, clock)
    const id = await own.register(subject, tick.schema!)
    const codec = await tick.bind({ topic: subject.replace(/-value$/, ''), part: 'value', registry: own })
    const bytes = codec.encode({ volume: 2n ** 53n + 1n })!
    assert.is(Buffer.from(bytes).readInt32BE(1), id)
    assert.equal(await codec.decode(bytes), { volume: 2n ** 53n + 1n })
    assert.is(await instance.getLatestSchemaId(subject), id)
  })

  test('asks with its own authentication, and refused credentials are told as that', async () => {
    const seen: (string | undefined)[] = []
    const guarded = createServer((request, response) => {
      seen.push(request.headers.authorization)
      const known = request.headers.authorization === `Basic ${Buffer.from('us:secret').toString('base64')}`
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify(known ? { id: 7 } : { error_code: 401, message: 'no' }))
    })
    await new Promise<void>(resolve => guarded.listen(0, '127.0.0.1', resolve))
    const host = `http://127.0.0.1:${(guarded.address() as AddressInfo).port}`
    const asked = async (password: string) => {
      const auth = { username: 'us', password }
      return (await connectRegistry(new KafkajsRegistry({ host, auth, retry: { retries: 0 } }), clock)).idOf(
        subject,
        'int',
      )
    }
    assert.is(await asked('secret'), 7)
    const refused = await asked('wrong').then(
      () => undefined,
      error => error,
    )
    assert.is(refused.code, 'CONFIG_INVALID')
    assert.match(refused.message, /refused the credentials \(401\)/)
    assert.ok(seen.every(header => header?.startsWith('Basic ')))
    await new Promise(resolve => guarded.close(resolve))
    const away = await asked('secret').then(
      () => undefined,
      error => error,
    )
    assert.is(away.code, 'REGISTRY_UNAVAILABLE')
  })
})
