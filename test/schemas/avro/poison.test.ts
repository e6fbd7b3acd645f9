import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { avroOf } from '../../../schemas/avro/avro.ts'
import { memoryRegistry } from '../../../schemas/registry/memory.ts'
import { SerdeError } from '../../../topology/definition/errors.ts'
import type { AvroSchema } from '../../../topology/definition/serde.ts'
import { suite } from '../../support/suite.ts'
import { bound, decimal38, fieldCodec, recordOf } from './bound.ts'

/** The frame of schema id 1 with a body in hex. */
function frame(body: string): Buffer {
  return Buffer.from(`0000000001${body}`, 'hex')
}

function poisoned(type: AvroSchema, wire: Buffer, message: RegExp): void {
  try {
    fieldCodec(type).decode(wire)
  } catch (error) {
    assert.instance(error, SerdeError)
    assert.is((error as SerdeError).code, 'DECODE_FAILED')
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable('it was read')
}

suite('avro: poison', test => {
  test('is refused as such, by what is wrong', () => {
    poisoned('string', Buffer.from(''), /does not begin with/)
    poisoned('string', Buffer.from('{"x":"json"}'), /does not begin with/)
    poisoned('string', Buffer.from('00000000', 'hex'), /does not begin with/)
    poisoned('string', Buffer.from('000000000906', 'hex'), /names schema id 9, which the registry does not have/)
    poisoned('string', frame(''), /ends before its schema does/)
    poisoned('string', frame('06666f'), /ends before its schema does/)
    poisoned('string', frame('06666f6f00'), /goes on after its schema ends/)
    poisoned('string', frame('01'), /ends before its schema does/)
    poisoned(['null', 'string'], frame('04'), /invalid union index/)
    poisoned({ type: 'enum', name: 'E', symbols: ['A'] }, frame('04'), /invalid .* enum index/)
    poisoned('long', frame('ffffffffffffffffffff01'), /more than ten bytes/)
    poisoned(decimal38, frame('227fffffffffffffffffffffffffffffffff'), /more than 38 digits/)
  })

  // avsc alone would read 2^40 items past the end of the bytes: hours, in a worker that then is fenced.
  const huge = '8080808080' + '40'
  const counted: [string, AvroSchema][] = [
    ['an array of nulls', { type: 'array', items: 'null' }],
    ['an array of strings', { type: 'array', items: 'string' }],
    ['an array of arrays', { type: 'array', items: { type: 'array', items: 'null' } }],
    ['a map', { type: 'map', values: 'long' }],
  ]
  for (const [name, type] of counted) {
    test(`a count that the bytes cannot hold: ${name}`, () =>
      poisoned(type, frame(`${huge}00`), /holds a count beyond its bytes/))

    test(`the same where the reader passes the field over: ${name}`, async () => {
      const registry = memoryRegistry()
      await registry.register('orders-value', recordOf({ name: 'gone', type, default: name === 'a map' ? {} : [] }))
      const codec = bound(avroOf<object>(recordOf()), registry)
      assert.throws(() => codec.decode(frame(`${huge}00`)), /holds a count beyond its bytes/)
    })
  }

  test('any bytes at all are read or refused, and never crash', () => {
    const codec = bound(
      avroOf<unknown>(
        recordOf(
          { name: 'id', type: 'string' },
          { name: 'price', type: ['null', decimal38] },
          { name: 'tags', type: { type: 'array', items: { type: 'map', values: 'long' } } },
          { name: 'more', type: ['null', 'acme.R'] },
          { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
        ),
      ),
    )
    let refusals = 0
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), body => {
        try {
          codec.decode(Buffer.concat([frame(''), body]))
        } catch (error) {
          refusals++
          return error instanceof SerdeError
        }
      }),
      { numRuns: 2_000 },
    )
    assert.ok(refusals > 1_000)
  })
})
