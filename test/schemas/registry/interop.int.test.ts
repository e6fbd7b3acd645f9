import { SchemaRegistry as KafkajsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import * as assert from 'uvu/assert'
import { avro } from '../../../schemas/avro/avro.ts'
import { confluentRegistry } from '../../../schemas/registry/confluent.ts'
import type { Codec } from '../../../topology/definition/serde.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { registry, prefix } = await realParts({ registry: true })

const tick = avro({
  type: 'record',
  name: 'interop.Tick',
  fields: [
    { name: 'symbol', type: 'string' },
    { name: 'price', type: 'double' },
    { name: 'volume', type: ['null', 'int'], default: null },
  ],
})
const value = { symbol: 'BTC-é', price: 0.5, volume: 3 }

suite('interoperation with @kafkajs/confluent-schema-registry', test => {
  const ours = confluentRegistry({ url: registry.url, clock: systemClock, timeoutMs: 30_000 })
  const theirs = new KafkajsRegistry({ host: registry.url })
  const topic = `${prefix}ticks`

  test('it reads what we write, and we read what it writes', async () => {
    const id = await ours.register(`${topic}-value`, tick.schema!)
    const codec: Codec<typeof value> = (await tick.bind({ topic, part: 'value', registry: ours })) as never
    assert.equal({ ...(await theirs.decode(Buffer.from(codec.encode(value)!))) }, value)
    assert.equal(await codec.decode(await theirs.encode(id, value)), value)
  })

  test('we read another version that it registered', async () => {
    const schema = {
      type: 'record',
      name: 'Tick',
      namespace: 'interop',
      fields: [
        { name: 'price', type: 'float' },
        { name: 'symbol', type: 'string' },
      ],
    }
    const subject = `${topic}-older-value`
    const { id } = await theirs.register({ type: SchemaType.AVRO, schema: JSON.stringify(schema) }, { subject })
    await ours.register(`${topic}-value`, tick.schema!)
    const codec = await tick.bind({ topic, part: 'value', registry: ours })
    const bytes = await theirs.encode(id, { price: 0.25, symbol: 'ETH' })
    assert.equal(await codec.decode(bytes), { symbol: 'ETH', price: 0.25, volume: null })
    assert.equal(codec.decode(bytes), { symbol: 'ETH', price: 0.25, volume: null })
  })
})
