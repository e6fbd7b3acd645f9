import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const { database } = await realParts({ postgres: true })
const [ledgers, counts] = ['ledgers', 'counts'].map(name => keyValueStore(name, { key: string, value: int64 }))

suite('writers of Postgres', test => {
  test('a lock on the table of one store delays no task of another sub-topology, and its own tasks keep their order', async () => {
    const url = await database()
    const storage = postgresStorage({ url, clock: systemClock })
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    try {
      await storage.migrate('app', [ledgers!, counts!])
      const claim = (subtopology: string, partition: number, store: typeof ledgers) =>
        storage.claim({ application: 'app', task: { subtopology, partition }, stores: [store!] })
      const blocked = await Promise.all([0, 1, 2, 3].map(partition => claim('risk', partition, ledgers)))
      const free = await Promise.all([0, 1, 2, 3].map(partition => claim('count', partition, counts)))
      const commit = (store: string, previous: number | undefined, next: number) => ({
        stores: [{ store, puts: [{ key: ['a'], value: [BigInt(next)], timestamp: 0 }], deletes: [] }],
        checkpoints: new Map([[store, { previous, next }]]),
      })
      const holder = await sql.reserve()
      await holder`begin`
      await holder`lock table ledgers in access exclusive mode`
      let ended = 0
      // Two commits of each task, the second before the first is answered.
      const waiting = blocked.flatMap(task =>
        [commit('ledgers', undefined, 1), commit('ledgers', 1, 2)].map(each => task.apply(each).finally(() => ended++)),
      )
      for (const task of free) await task.apply(commit('counts', undefined, 1))
      assert.is(ended, 0)
      await holder`commit`
      await Promise.all(waiting)
      assert.equal(
        (await holder`select distinct value from ledgers`).map(({ value }) => value),
        ['2'],
      )
      holder.release()
    } finally {
      await storage.close()
      await sql.end({ timeout: 5 })
    }
  })
})
