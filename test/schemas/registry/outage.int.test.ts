import * as assert from 'uvu/assert'
import { startRegistryNative } from '../../../ops/cluster/registry-native.ts'
import { avro } from '../../../schemas/avro/avro.ts'
import { confluentRegistry } from '../../../schemas/registry/confluent.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'

// Says whether a real registry can be had at all; this file breaks one of its own.
await realParts({ registry: true })

const older = avro({ type: 'record', name: 'R', fields: [{ name: 'x', type: 'int' }] })
const newer = avro({ type: 'record', name: 'R', fields: [{ name: 'x', type: 'long' }] })

suite('a real registry that goes away and comes back', test => {
  test('what is known goes on, what is not is retriable, and then succeeds', async () => {
    const part = await startRegistryNative()
    try {
      const registry = confluentRegistry({ url: part.url, clock: systemClock, backoffMs: 1, timeoutMs: 30_000 })
      for (const schema of [older.schema!, newer.schema!]) await registry.register('orders-value', schema)
      const written = (await older.bind({ topic: 'orders', part: 'value', registry })).encode({ x: 7 })
      const codec = await newer.bind({ topic: 'orders', part: 'value', registry })

      await part.faults!.kill()
      const own = codec.encode({ x: 1n })
      assert.equal(codec.decode(own), { x: 1n })
      const failure = await Promise.resolve(codec.decode(written)).then(
        () => undefined,
        error => error,
      )
      assert.instance(failure, RetriableError)

      await part.faults!.restart()
      // A server that has just started may need longer than one request has.
      let decoded: unknown
      const decodes = async () => {
        try {
          decoded = await codec.decode(written)
        } catch (error) {
          assert.instance(error, RetriableError)
        }
        return decoded !== undefined
      }
      await waitFor(decodes, { what: 'the value is not decoded' })
      assert.equal(decoded, { x: 7n })
    } finally {
      await part.stop()
    }
  })
})
