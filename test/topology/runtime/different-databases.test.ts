import * as assert from 'uvu/assert'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { MillraceError } from '../../../topology/definition/errors.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../topology/definition/topic.ts'
import { topology } from '../../../topology/dsl/topology.ts'
import { assignWithin, readRefusal, writeMemberState } from '../../../topology/runtime/assignment.ts'
import { Worker } from '../../../topology/runtime/worker.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

const lines = topic('lines', { key: string, value: string, partitions: 2 })
const counted = topology('words', t => {
  t.stream(lines).groupByKey().count('counts')
})
const copied = topology('words', t => {
  t.stream(lines).to(topic('copies', { key: string, value: int64 as never }))
})

/** Workers of one topology on one broker, and the errors that ended them. */
function group(definition = counted) {
  const clock = new VirtualClock({ seed: 1 })
  const broker = new MemoryBroker({ clock })
  const ended = new Map<string, MillraceError>()
  const workers: Worker[] = []
  return {
    clock,
    ended,
    running: () => workers.flatMap(worker => worker.status().filter(({ state }) => state === 'running')).length,
    /** Starts a worker whose storage says that it is in the database that `place` gives at the time. */
    async start(name: string, place: () => Promise<string | undefined>, instanceId?: string) {
      const storage = { ...memoryStorage({ clock }), place }
      const graph = buildGraph(definition)
      const parts = { graph, broker: broker.connect(), storage, clock, ...(instanceId && { instanceId }) }
      const worker = new Worker({ ...parts, createTopics: 'all' })
      workers.push(worker)
      void worker.failed.then(async error => {
        ended.set(name, error as MillraceError)
        await worker.stop()
      })
      await clock.resolve(worker.start())
      await clock.advance(10_000)
    },
    async stop() {
      for (const worker of workers) await clock.resolve(worker.stop())
    },
  }
}

const member = (memberId: string, database: string | undefined, generation = -1) => ({
  memberId,
  userData: writeMemberState({
    tasks: [],
    generation,
    owner: '',
    application: 'words',
    topology: '',
    ...(database !== undefined && { database }),
  }),
})

suite('workers of one application on different databases', test => {
  test('the database that has had the tasks goes on, and a worker on another one is refused', async () => {
    const { start, ended, running, clock, stop } = group()
    await start('first', async () => '1/millrace/public')
    await start('second', async () => '1/millrace/words')
    await clock.advance(30_000)
    assert.equal([...ended.keys()], ['second'])
    assert.is(ended.get('second')!.code, 'CONFIG_INVALID')
    assert.match(
      ended.get('second')!.message,
      "workers of group 'words-lines' keep their state in database 1/millrace/public (servers/database/schema), and this one in 1/millrace/words:",
    )
    assert.is(running(), 2, 'the first worker has both tasks again')
    await stop()
  })

  test('a replica that was promoted is the same database, and one that was lost and made anew another one for all', async () => {
    const { start, ended, running, stop } = group()
    let database = '1/millrace/public'
    await start('first', async () => database)
    await start('second', async () => database)
    database = '2/millrace/public'
    await start('third', async () => database)
    assert.equal([...ended.keys()], [])
    assert.is(running(), 2)
    await stop()
  })

  test('a database that does not answer is where it was', async () => {
    const { start, ended, running, stop } = group()
    let answer = async (): Promise<string | undefined> => '1/millrace/public'
    await start('first', () => answer())
    for (const silence of [
      () => new Promise<string>(() => {}),
      () => Promise.reject(new Error('away')),
      async () => undefined,
    ]) {
      answer = silence
      await start('next', async () => '1/millrace/public')
    }
    assert.equal([...ended.keys()], [])
    assert.is(running(), 2)
    await stop()
  })

  test('a worker that comes back under its instance id with another database is refused before the next rebalance', async () => {
    const { start, ended, running, clock, stop } = group()
    await start('first', async () => '1/millrace/public', 'a')
    await start('second', async () => '1/millrace/public', 'b')
    await start('second again', async () => '1/millrace/words', 'b')
    await clock.advance(30_000)
    assert.is(ended.get('second')!.code, 'INSTANCE_FENCED')
    assert.is(ended.get('second again')?.code, 'CONFIG_INVALID')
    assert.is(running(), 2, 'the first worker has both tasks')
    await stop()
  })

  test('a worker that comes back under its instance id to a database made anew goes on, and so do the others', async () => {
    const { start, ended, running, clock, stop } = group()
    let database = '1/millrace/public'
    await start('first', async () => database, 'a')
    await start('second', async () => database, 'b')
    database = '2/millrace/public'
    await start('second again', async () => database, 'b')
    await clock.advance(30_000)
    assert.equal([...ended.keys()], ['second'], 'the one that was replaced')
    assert.is(running(), 2)
    await stop()
  })

  test('nothing is compared where there is no state', async () => {
    const { start, ended, stop } = group(copied)
    await start('first', async () => '1/millrace/public')
    await start('second', async () => '2/millrace/public')
    assert.equal([...ended.keys()], [])
    await stop()
  })

  test('of two that never had a task one goes on, whoever leads; members that do not tell their database go on, too', () => {
    const members = [member('1', '2/a/b'), member('2', '1/a/b'), member('3', undefined)]
    const assigned = assignWithin('words', members, 4)
    assert.equal(readRefusal(assigned.get('1')!), { database: '1/a/b' })
    assert.equal([assigned.get('2'), assigned.get('3')], ['[0,2]', '[1,3]'])
    const later = assignWithin('words', [member('1', '2/a/b', 5), member('2', '1/a/b', 4)], 1)
    assert.equal(readRefusal(later.get('2')!), { database: '2/a/b' })
    assert.is(later.get('1'), '[0]')
  })
})
