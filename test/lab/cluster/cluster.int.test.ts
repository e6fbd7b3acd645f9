// budget: 300 s
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { Cluster } from '../../../topology/broker/kafkajs/cluster.ts'
import { kafkajsBroker } from '../../../topology/broker/kafkajs/kafkajs-broker.ts'
import { FatalError } from '../../../topology/definition/errors.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { skipFile, suite } from '../../support/suite.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type BrokerNode, startKafkaCluster } from './kafka-cluster.ts'

const settings = { 'broker.session.timeout.ms': 3_000, 'broker.heartbeat.interval.ms': 500 }
const cluster = await startKafkaCluster({ settings }).catch(error => {
  if (error instanceof FatalError && error.code === 'UNSUPPORTED') return skipFile(error.message)
  throw error
})

/** As `leaderSeenBy`; undefined while the broker does not answer in time. */
async function answerOf(broker: BrokerNode): Promise<number | undefined> {
  return leaderSeenBy(broker).catch(() => undefined)
}

/** The leader of partition 0 in the view of one broker. */
async function leaderSeenBy(broker: BrokerNode): Promise<number | undefined> {
  const client = new Cluster([{ host: '127.0.0.1', port: broker.clients.port }], {
    clock: systemClock,
    clientId: 'cluster-test',
    connectTimeoutMs: 3_000,
    requestTimeoutMs: 5_000,
  })
  try {
    const { topics } = await client.refresh(['views'])
    return topics[0]?.partitions[0]?.leader
  } finally {
    client.close()
  }
}

suite(
  'a cluster of three brokers in the lab',
  test => {
    test.after(() => cluster.stop())

    test('a broker cut off from the controller answers with what it knew; the others elect, and it learns when healed', async () => {
      const client = await kafkajsBroker({ brokers: cluster.url.split(','), clock: systemClock, retryForMs: 20_000 })
      await client.admin.createTopics([{ name: 'views', partitions: 1, config: {} }])
      await client.close()
      let leader: number | undefined
      await waitFor(
        async () => {
          const seen = await Promise.all(cluster.brokers.map(answerOf))
          leader = seen[0]
          return leader !== undefined && leader >= 0 && seen.every(each => each === leader)
        },
        { what: 'the brokers do not agree on a leader', timeoutMs: 60_000 },
      )
      const stale = cluster.brokers.find(({ id }) => id === leader)!
      const others = cluster.brokers.filter(({ id }) => id !== leader)
      stale.control.blackHole()
      await waitFor(
        async () => {
          const seen = await Promise.all(others.map(answerOf))
          return seen.every(each => each !== undefined && each !== leader)
        },
        { what: 'no other leader was elected', timeoutMs: 60_000 },
      )
      assert.is(await leaderSeenBy(stale), leader, 'the stale broker still names itself')
      stale.control.clear()
      await waitFor(
        async () => {
          const seen = await answerOf(stale)
          return seen !== undefined && seen !== leader
        },
        { what: 'the healed broker does not learn of the new leader', timeoutMs: 60_000 },
      )
    })

    test('a killed broker comes back with its data; a frozen one answers nothing until it is thawed', async () => {
      const [first, second] = cluster.brokers as [BrokerNode, BrokerNode]
      await first.kill()
      assert.is(first.isRunning, false)
      assert.is(await leaderSeenBy(first).catch(() => 'no answer'), 'no answer')
      await first.start()
      await waitFor(async () => (await answerOf(first)) !== undefined, {
        what: 'the broker does not come back',
        timeoutMs: 60_000,
      })
      second.freeze()
      const answer = leaderSeenBy(second).catch(() => undefined)
      assert.is(await Promise.race([answer, sleep(1_000, 'silence')]), 'silence')
      second.thaw()
      assert.type(await answer, 'number')
    })
  },
  { timeoutMs: 280_000 },
)
