import * as assert from 'uvu/assert'
import { startKafkaNative } from '../../../../ops/cluster/kafka-native.ts'
import { kafkajsBroker } from '../../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { MillraceError, messageOf, TaskMigratedError } from '../../../../topology/definition/errors.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { skipFile, suite } from '../../../support/suite.ts'

const kafka = await startKafkaNative().catch(error => skipFile(messageOf(error)))

const at = { topic: 'records', partition: 0 }
const record = (value: string) => ({ ...at, timestamp: 1_000, key: null, value: Buffer.from(value), headers: [] })

suite('a broker that is killed and comes back', test => {
  test.after(() => kafka.stop())

  test('reader, member, writer and admin say so, and go on by themselves', async () => {
    const client = await kafkajsBroker({ brokers: [kafka.url], clock: systemClock, retryForMs: 1_000 })
    await client.admin.createTopics([{ name: at.topic, partitions: 1, config: {} }])
    const writer = await client.writer()
    await writer.send([record('before')])
    const reader = client.reader({ isolation: 'read_committed' })
    reader.seek(at, 0)
    const producer = client.producer({ transactionalId: 'task' })
    await producer.init()
    await producer.commit({ records: [record('committed')] })
    const log: string[] = []
    const member = client.join({
      groupId: 'group',
      topics: [at.topic],
      protocol: 'restart',
      sessionTimeoutMs: 6_000,
      userData: () => '',
      assign: members => new Map(members.map(({ memberId }) => [memberId, 'all'])),
      onAssigned: assignment => log.push(`assigned ${assignment}`),
      onRevoked: async () => {},
      onLost: () => log.push('lost'),
    })
    const found: string[] = []
    const errors: string[] = []
    const pollUntil = async (done: () => boolean) => {
      for (const end = Date.now() + 60_000; !done(); ) {
        if (Date.now() > end) throw new Error(`waited 60 s; found ${found}, errors ${errors}, group ${log}`)
        try {
          for (const fetched of await reader.poll()) {
            found.push(...fetched.records.map(each => Buffer.from(each.value!).toString()))
          }
        } catch (error) {
          errors.push(error instanceof MillraceError ? error.code : messageOf(error))
        }
      }
    }
    await pollUntil(() => found.length === 2 && log.length === 1)

    await kafka.faults!.kill()
    await pollUntil(() => errors.length > 0)
    assert.is(await codeOf(writer.send([record('lost')])), 'BROKER_UNAVAILABLE')
    assert.is(await codeOf(client.admin.listOffsets([at], 'latest')), 'BROKER_UNAVAILABLE')
    const failure = await producer.commit({ records: [record('lost too')] }).catch((error: unknown) => error)
    assert.ok(failure instanceof MillraceError && !(failure instanceof TaskMigratedError), 'known not to be committed')
    assert.is(await member.confirm(), false)

    await kafka.faults!.restart()
    await producer.close()
    const successor = client.producer({ transactionalId: 'task' })
    for (let ready = false; !ready; ) ready = (await codeOf(successor.init())) === 'none'
    await successor.commit({ records: [record('after')] })
    await writer.send([record('written')])
    await pollUntil(() => found.includes('written'))
    assert.equal(found, ['before', 'committed', 'after', 'written'])
    assert.equal([...new Set(errors)], ['BROKER_UNAVAILABLE'])
    await pollUntil(() => log.at(-1) === 'assigned all')
    for (let confirmed = false; !confirmed; ) confirmed = await member.confirm()
    await member.leave()
    await client.close()
  })
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof MillraceError ? error.code : messageOf(error)),
  )
}
