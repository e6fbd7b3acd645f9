import * as assert from 'uvu/assert'
import { MillraceError, TaskMigratedError } from '../../topology/definition/errors.ts'
import type { BrokerCase } from './broker-bench.ts'
import { record, refused, values } from './broker-bench.ts'

/** One owner per transactional id: the first step of opening a task (C4) relies on it. */
export const fencingCases: readonly BrokerCase[] = [
  {
    name: 'a second producer of an id fences the first, whose next commit is refused and does not show',
    hazard: 'two owners of one task both write',
    async run(bench) {
      const topic = await bench.topic()
      const id = bench.name('tx')
      const first = await bench.producer(id)
      await first.commit({ records: [record(topic, 'first')] })
      const second = await bench.producer(id)
      const error = await refused(bench.within(first.commit({ records: [record(topic, 'zombie')] }), 'the refusal'))
      assert.instance(error, TaskMigratedError)
      assert.is(error.code, 'FENCED')
      await second.commit({ records: [record(topic, 'second')] })
      await Promise.all([first.close(), second.close()])
      await bench.until(async () => (await bench.read(topic)).records.length >= 2, 'both commits')
      assert.equal(values((await bench.read(topic)).records), ['first', 'second'])
    },
  },
  {
    name: 'init settles the open transaction of its predecessor before it returns, at every step of it',
    hazard: 'a task restores and reads offsets while the transaction of its predecessor may still commit',
    async run(bench) {
      for (const step of ['produced', 'offsets-sent', 'before-end'] as const) {
        const topic = await bench.topic()
        const [id, group] = [bench.name('tx'), bench.name('group')]
        const offsets = { group, offsets: [{ topic, partition: 0, offset: 5, metadata: '' }] }
        const zombie = await bench.hang(id, { records: [record(topic, 'lost')], offsets }, step)
        const next = await bench.producer(id)
        const [committed] = await bench.admin.listOffsets([{ topic, partition: 0 }], 'committed')
        const [latest] = await bench.admin.listOffsets([{ topic, partition: 0 }], 'latest')
        assert.is(committed, latest, `${step}: settled when init returns`)
        assert.equal(await bench.admin.committedOffsets(group, [{ topic, partition: 0 }]), [undefined])
        zombie.release()
        const outcome = await bench.within(zombie.outcome, 'the zombie to fail')
        assert.instance(outcome, TaskMigratedError, step)
        assert.is((outcome as MillraceError).code, 'FENCED', step)
        await zombie.producer.close()
        await next.commit({ records: [record(topic, 'kept')] })
        await next.close()
        await bench.until(async () => (await bench.read(topic)).records.length > 0, 'the next commit')
        assert.equal(values((await bench.read(topic)).records), ['kept'])
      }
    },
  },
  {
    name: 'a commit whose EndTxn was accepted stands, though its producer dies before the answer',
    hazard: 'an unknown commit taken for an abort is processed twice',
    async run(bench) {
      const topic = await bench.topic()
      const id = bench.name('tx')
      const hanging = await bench.hang(id, { records: [record(topic, 'kept')] }, 'end-sent')
      await bench.until(async () => (await bench.read(topic)).records.length > 0, 'the commit to show')
      hanging.fail()
      const outcome = await bench.within(hanging.outcome, 'the commit to end')
      assert.ok(!(outcome instanceof MillraceError) || outcome.code === 'COMMIT_UNKNOWN', String(outcome))
      await hanging.producer.close()
      await (await bench.producer(id)).close()
      assert.equal(values((await bench.read(topic)).records), ['kept'])
    },
  },
  {
    name: 'a transaction over its timeout is aborted by the broker, and its producer is fenced',
    hazard: 'a stopped zombie holds every reader at the LSO, or wakes up and commits',
    async run(bench) {
      const topic = await bench.topic()
      const hanging = await bench.hang(bench.name('tx'), { records: [record(topic, 'lost')] }, 'before-end', 3_000)
      await bench.write([record(topic, 'kept')])
      await bench.until(async () => (await bench.read(topic)).records.length > 0, 'the broker to abort')
      hanging.release()
      const outcome = await bench.within(hanging.outcome, 'the late commit to fail')
      assert.instance(outcome, TaskMigratedError)
      assert.is((outcome as MillraceError).code, 'FENCED')
      await hanging.producer.close()
      assert.equal(values((await bench.read(topic)).records), ['kept'])
    },
  },
  {
    name: 'three producers of one id that initialise at once leave one owner',
    hazard: 'owners that fence each other for ever, or two that both commit',
    async run(bench) {
      const topic = await bench.topic()
      const id = bench.name('tx')
      const producers = [0, 1, 2].map(() => bench.client.producer({ transactionalId: id }))
      const started = await bench.within(Promise.allSettled(producers.map(each => each.init())), 'three inits')
      const ready = producers.filter((_, index) => started[index]!.status === 'fulfilled')
      assert.ok(ready.length > 0, 'at least one init succeeds')
      const outcomes = await bench.within(
        Promise.allSettled(ready.map((each, index) => each.commit({ records: [record(topic, `${index}`)] }))),
        'the commits',
      )
      assert.is(outcomes.filter(outcome => outcome.status === 'fulfilled').length, 1)
      await Promise.all(producers.map(each => each.close()))
      await bench.until(async () => (await bench.read(topic)).records.length > 0, 'the commit of the owner')
      assert.is((await bench.read(topic)).records.length, 1)
    },
  },
  {
    name: 'producers of different ids do not touch each other',
    hazard: 'tasks of one worker fence or abort each other',
    async run(bench) {
      const topic = await bench.topic()
      const [a, b] = [bench.name('tx-a'), bench.name('tx-b')]
      const open = await bench.hang(a, { records: [record(topic, 'a')] })
      await bench.abort(b, [record(topic, 'b lost')])
      const other = await bench.producer(b)
      await other.commit({ records: [record(topic, 'b')] })
      await other.close()
      open.release()
      assert.not.instance(await bench.within(open.outcome, 'the commit of a'), Error)
      await open.producer.close()
      await bench.until(async () => (await bench.read(topic)).records.length >= 2, 'both commits')
      assert.equal(values((await bench.read(topic)).records).sort(), ['a', 'b'])
    },
  },
]
