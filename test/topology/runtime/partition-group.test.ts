import * as assert from 'uvu/assert'
import type { RawRecord } from '../../../topology/broker/port.ts'
import type { StreamRecord } from '../../../topology/definition/record.ts'
import { PartitionGroup } from '../../../topology/runtime/partition-group.ts'
import { suite } from '../../support/suite.ts'

const raw = (topic: string, offset: number, timestamp: number): RawRecord => ({
  topic,
  partition: 0,
  offset,
  timestamp,
  key: null,
  value: null,
  headers: [],
})
const fetched = (topic: string, records: readonly RawRecord[], position: number, endOffset = position) => ({
  topic,
  partition: 0,
  records,
  position,
  endOffset,
})
const groupOf = (decode: (record: RawRecord) => StreamRecord | Promise<StreamRecord> = record => record) =>
  new PartitionGroup(
    ['left', 'right'].map(topic => ({ topic, partition: 0, position: 0, endOffset: 1 })),
    raw => decode(raw),
  )

/** Takes everything that can be taken, as `topic@timestamp`. */
async function drain(group: PartitionGroup): Promise<string[]> {
  const taken: string[] = []
  for (;;) {
    const head = await group.next()
    if (head === undefined) return taken
    taken.push(`${head.topic}@${head.peek()?.timestamp}`)
    group.done(head)
  }
}

suite('partition group', test => {
  test('the lowest timestamp goes next; at equal ones the input that stands first', async () => {
    const group = groupOf()
    group.add(fetched('right', [raw('right', 0, 1), raw('right', 1, 5)], 2))
    group.add(fetched('left', [raw('left', 0, 3), raw('left', 1, 5)], 2))
    assert.equal(await drain(group), ['right@1', 'left@3', 'left@5', 'right@5'])
  })

  test('an empty input is waited for while the broker holds records for it', async () => {
    const group = groupOf()
    group.add(fetched('left', [raw('left', 0, 3)], 1))
    assert.equal(await drain(group), [], 'right has a record that was not fetched')
    group.add(fetched('right', [], 0, 4))
    assert.equal(await drain(group), [], 'right has four records to come')
    group.add(fetched('right', [raw('right', 3, 2)], 4))
    assert.equal(await drain(group), ['right@2', 'left@3'])
  })

  test('it has caught up when every input was read to its end and every record processed', async () => {
    const group = groupOf()
    assert.not(group.caughtUp, 'records that nobody has fetched yet')
    group.add(fetched('left', [raw('left', 0, 3)], 1))
    group.add(fetched('right', [], 1))
    assert.not(group.caughtUp, 'a record that waits')
    await drain(group)
    assert.ok(group.caughtUp)
    group.add(fetched('right', [], 1, 2))
    assert.not(group.caughtUp)
  })

  test('an event time is extracted when its record is the head, however far ahead it was decoded', async () => {
    let streamTime = 0
    const inputs = [{ topic: 'left', partition: 0, position: 0, endOffset: 0 }]
    const extract = (record: StreamRecord) => ({ ...record, timestamp: Math.max(record.timestamp, streamTime) })
    const group = new PartitionGroup(inputs, raw => raw, extract)
    group.add(fetched('left', [raw('left', 0, 30), raw('left', 1, 10)], 2))
    const timesAhead = () => group.decodeAhead(group.queues[0]!, 2).map(({ timestamp }) => timestamp)
    assert.equal(timesAhead(), [30, 10])
    const times: (number | undefined)[] = []
    for (let head = await group.next(); head !== undefined; head = await group.next()) {
      streamTime = head.record?.timestamp ?? 0
      times.push(streamTime)
      group.done(head)
    }
    assert.equal(times, [30, 30])
  })

  test('an answer that crossed a seek back to where the queue stood gives no record twice', async () => {
    const group = groupOf()
    const [left] = group.queues
    group.add(fetched('right', [], 1))
    // a poll has read to 2; before it is handed over, resume seeks to 0, where the queue says that it stands
    assert.is(left!.fetchPosition, 0)
    group.add(fetched('left', [raw('left', 0, 1), raw('left', 1, 2)], 2, 3))
    group.add(fetched('left', [raw('left', 0, 1)], 1, 3))
    assert.is(left!.fetchPosition, 2)
    group.add(fetched('left', [raw('left', 1, 2), raw('left', 2, 3)], 3, 3))
    assert.equal(await drain(group), ['left@1', 'left@2', 'left@3'])
    assert.is(left!.bytes, 0)
  })

  test('positions go past control and aborted records once a queue is dry', async () => {
    const group = groupOf()
    group.add(fetched('left', [raw('left', 4, 1)], 9))
    group.add(fetched('right', [], 3))
    const [left] = group.queues
    assert.is(left!.position, 4)
    await drain(group)
    assert.is(left!.position, 9)
    assert.is(left!.lag, 0)
  })

  test('a record that fails to decode is the head, with what it failed with, until it is done', async () => {
    const group = groupOf(record => {
      if (record.offset === 0) throw new Error('poison')
      return record
    })
    group.add(fetched('left', [raw('left', 0, 1), raw('left', 1, 2)], 2))
    group.add(fetched('right', [], 0))
    const head = await group.next()
    assert.is((head!.failed as Error).message, 'poison')
    group.done(head!)
    assert.equal(await drain(group), ['left@2'])
  })

  test('a schema look-up is waited for', async () => {
    const group = groupOf(async record => record)
    group.add(fetched('left', [raw('left', 0, 7)], 1))
    group.add(fetched('right', [raw('right', 0, 6)], 1))
    assert.equal(await drain(group), ['right@6', 'left@7'])
  })
})
