import * as assert from 'uvu/assert'
import { recordFields } from '../../../topology/runtime/record-fields.ts'
import { suite } from '../../support/suite.ts'

const bytes = (text: string) => Buffer.from(text)
const raw = {
  topic: 'orders',
  partition: 1,
  offset: 7,
  timestamp: 0,
  value: bytes('a payload'),
  key: bytes('o-1'),
  headers: [],
}
const place = { topic: 'orders', partition: 1, offset: 7 }

suite('the fields of a record in a log line', test => {
  test('are its place, its key and its ids, and nothing else of its value', () => {
    const headers = [{ key: 'correlation-id', value: bytes('c-1') }]
    const record = { ...raw, headers, key: 'o-1', value: { eventId: 'e-1', card: '4111' } }
    const fields = recordFields({ ...raw, headers }, record)
    assert.equal(fields, { ...place, key: 'o-1', correlationId: 'c-1', eventId: 'e-1' })
  })

  test('are fewer for bytes that no serde could read', () => {
    assert.equal(recordFields(raw, undefined), { ...place, key: 'o-1' })
    assert.equal(recordFields({ ...raw, key: Buffer.from([0, 0, 1]) }, undefined), place)
    assert.equal(recordFields({ ...raw, key: null }, undefined), place)
    assert.is(recordFields({ ...raw, key: bytes('k'.repeat(500)) }, undefined).key, 'k'.repeat(200))
  })
})
