import * as assert from 'uvu/assert'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { RawRecord } from '../../../topology/broker/port.ts'
import { deadLetter } from '../../../topology/runtime/dead-letter.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'
import { auditDeadLetters, placeOf } from './dead-letters.ts'

const poison = (offset: number): RawRecord => ({
  topic: 'orders',
  partition: 0,
  offset,
  timestamp: 1,
  key: null,
  value: Buffer.from([offset]),
  headers: [],
})
const reason = {
  error: new Error('x'),
  stage: 'decode',
  application: 'app',
  subtopology: 'p',
  processor: 'p',
  attempts: 1,
  firstFailureAt: 1,
  lastFailureAt: 1,
} as const

async function audit(expected: readonly RawRecord[], found: readonly RawRecord[]): Promise<readonly string[]> {
  const broker = new MemoryBroker({ clock: systemClock }).connect()
  await broker.admin.createTopics([{ name: 'orders.dlq', partitions: 1, config: {} }])
  const writer = await broker.writer()
  await writer.send(found.map(record => deadLetter(record, reason)))
  const { letters, problems } = await auditDeadLetters(broker, new Map(expected.map(each => [placeOf(each), each])))
  assert.is(letters, found.length)
  return problems
}

suite('audit of dead letters', test => {
  test('each poison once', async () => {
    assert.equal(await audit([poison(3), poison(5)], [poison(3), poison(5)]), [])
  })

  test('one that is missing, twice there, innocent, or changed', async () => {
    assert.equal(await audit([poison(3)], []), ['orders/0/3 is poison, and was not dead-lettered'])
    assert.equal(await audit([poison(3)], [poison(3), poison(3)]), ['orders/0/3 was dead-lettered twice'])
    assert.equal(await audit([], [poison(3)]), ['orders/0/3 was dead-lettered, and is no poison'])
    const changed = { ...poison(3), value: Buffer.from('other') }
    assert.equal(await audit([poison(3)], [changed]), ['orders/0/3 was changed on its way to orders.dlq'])
  })
})
