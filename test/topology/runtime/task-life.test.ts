import * as assert from 'uvu/assert'
import { legalMoves, moveTo, type TaskState } from '../../../topology/runtime/task-state.ts'
import { suite } from '../../support/suite.ts'
import { cluster } from './cluster.ts'

const many = Array.from({ length: 60 }, (_, index) => [`k${index % 7}`, 'x'] as const)

suite('task life', test => {
  test('only the moves of the table are legal, and nothing leaves closed', () => {
    const states = Object.keys(legalMoves) as TaskState[]
    for (const from of states)
      for (const to of states) {
        if (legalMoves[from].includes(to)) assert.is(moveTo(from, to, 't_0'), to)
        else assert.throws(() => moveTo(from, to, 't_0'), /cannot go from/)
      }
    assert.equal(legalMoves.closed, [])
  })

  test('small queues and buffers hold back reading, and everything is counted', async () => {
    const { clock, start, send, rows } = cluster()
    const worker = await start({ maxQueueBytes: 300, maxBufferBytes: 1_000, cacheBytes: 0 })
    await send('words', many)
    await clock.advance(20_000)
    assert.is(
      Object.values(rows()).reduce<bigint>((sum, count) => sum + (count as bigint), 0n),
      60n,
    )
    assert.is(worker.status()[0]!.lag, 0)
    await clock.resolve(worker.stop())
  })

  test('a task that was suspended with an overfull queue reads on afterwards', async () => {
    const { clock, start, send, rows } = cluster()
    const settings = { maxQueueBytes: 100 }
    const first = await start(settings)
    await clock.advance(1_000)
    for (let joins = 0; joins < 3; joins++) {
      await send('words', many)
      const second = await start(settings)
      await clock.advance(7_000)
      await clock.resolve(second.stop())
      await clock.advance(7_000)
    }
    await clock.advance(10_000)
    assert.is(
      Object.values(rows()).reduce<bigint>((sum, count) => sum + (count as bigint), 0n),
      180n,
    )
    await clock.resolve(first.stop())
  })

  test('a rebalance does not wait for ever for commits that do not reach Postgres', async () => {
    let applies = 0
    const before = async ({ operation }: { operation: string }) => {
      if (operation === 'Apply' && applies++ === 0) await clock.sleep(10_000_000)
      return undefined
    }
    const { clock, start, send, rows } = cluster({ faults: { before } })
    const first = await start()
    await send('words', [['a', 'x']])
    await clock.advance(1_000)
    const second = await start()
    // The stop timeout is 10 s, the rebalance's own 60 s.
    await clock.advance(20_000)
    assert.equal(rows(), { a: 1n })
    const statuses = [...first.status(), ...second.status()]
    assert.equal(
      statuses.map(({ task, state }) => `${task} ${state}`),
      ['counter_0 running'],
    )
    for (const worker of [first, second]) await clock.resolve(worker.stop())
  })

  test('a full buffer waits for a slow apply without spinning', async () => {
    let slow = true
    const before = async ({ operation }: { operation: string }) => {
      if (operation === 'Apply' && slow) await clock.sleep(5_000)
      return undefined
    }
    const { clock, start, send, rows } = cluster({ faults: { before } })
    const worker = await start({ maxBufferBytes: 500 })
    await clock.advance(500)
    await send('words', many)
    const events = clock.events
    // with a spin the limit is reached within the first second
    await clock.advance(4_000, { maxEvents: 20_000 })
    assert.ok(clock.events - events < 1_000, `${clock.events - events} events`)
    slow = false
    await clock.advance(60_000)
    assert.is(
      Object.values(rows()).reduce<bigint>((sum, count) => sum + (count as bigint), 0n),
      60n,
    )
    await clock.resolve(worker.stop())
  })

  test('while the store is away the worker goes on trying, and goes on when it is back', async () => {
    let away = false
    const { clock, start, send, rows } = cluster({ faults: { before: () => (away ? 'fail' : undefined) } })
    const worker = await start()
    await clock.advance(1_000)
    away = true
    await send('words', many)
    await clock.advance(60_000)
    assert.equal(rows(), {})
    away = false
    await clock.advance(20_000)
    assert.is(
      Object.values(rows()).reduce<bigint>((sum, count) => sum + (count as bigint), 0n),
      60n,
    )
    assert.is(worker.status()[0]!.state, 'running')
    await clock.resolve(worker.stop())
  })
})
