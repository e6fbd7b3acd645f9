import * as assert from 'uvu/assert'
import { FatalError } from '../../../topology/definition/errors.ts'
import { EventQueue } from '../../../topology/testing/event-queue.ts'
import { seededRandom } from '../../../topology/testing/random.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

suite('virtual clock', test => {
  test('timers fire at their own time, those of one time in the order they were set', async () => {
    const clock = new VirtualClock({ startMs: 0 })
    const log: string[] = []
    const note = (name: string) => () => log.push(`${name}@${clock.now()}`)
    clock.after(20, note('c'))
    clock.after(10, note('a'))
    clock.after(10, note('b'))
    clock.after(30, note('later'))
    await clock.advance(25)
    assert.equal(log, ['a@10', 'b@10', 'c@20'])
    assert.is(clock.now(), 25)
    assert.equal([clock.events, clock.pending], [3, 1])
  })

  test('what follows a timer without waiting runs before the next timer', async () => {
    const clock = new VirtualClock({ startMs: 0 })
    const log: string[] = []
    const work = async (name: string) => {
      for (let step = 0; step < 50; step++) await undefined
      log.push(`${name}@${clock.now()}`)
    }
    clock.after(1, () => void work('first'))
    clock.after(1, () => log.push('second'))
    await clock.advance(1)
    assert.equal(log, ['first@1', 'second'])
  })

  test('a timer set by a timer fires in the same advance when it is due', async () => {
    const clock = new VirtualClock({ startMs: 0 })
    const seen: number[] = []
    const tick = () => {
      seen.push(clock.now())
      if (seen.length < 5) clock.after(10, tick)
    }
    clock.after(10, tick)
    await clock.advance(35)
    assert.equal(seen, [10, 20, 30])
    await clock.runUntilIdle()
    assert.equal([seen, clock.now()], [[10, 20, 30, 40, 50], 50])
  })

  test('a cancelled timer does not fire, and is not pending', async () => {
    const clock = new VirtualClock()
    let fired = false
    const timer = clock.after(5, () => {
      fired = true
    })
    timer.cancel()
    timer.cancel()
    assert.is(clock.pending, 0)
    await clock.advance(10)
    assert.equal([fired, clock.events], [false, 0])
    const late = clock.after(1, () => {})
    await clock.advance(1)
    late.cancel()
    assert.is(clock.pending, 0)
  })

  test('sleep ends early when its signal aborts, and leaves no timer', async () => {
    const clock = new VirtualClock({ startMs: 0 })
    const abort = new AbortController()
    const sleeping = clock.sleep(1_000, abort.signal)
    clock.after(10, () => abort.abort())
    await clock.resolve(sleeping)
    assert.equal([clock.now(), clock.pending], [10, 0])
    await clock.sleep(1_000, abort.signal)
    assert.is(clock.now(), 10)
  })

  test('yield lets others run without time passing', async () => {
    const clock = new VirtualClock({ startMs: 0 })
    const log: string[] = []
    const worker = async (name: string) => {
      for (let turn = 0; turn < 2; turn++) {
        log.push(name)
        await clock.yield()
      }
    }
    await clock.resolve(Promise.all([worker('a'), worker('b')]))
    assert.equal([log, clock.now()], [['a', 'b', 'a', 'b'], 0])
  })

  test('a wait for what can never happen ends with an error, not for ever', async () => {
    const clock = new VirtualClock()
    const error = await clock.resolve(new Promise(() => {})).catch((thrown: unknown) => thrown)
    assert.instance(error, FatalError)
    const beat = () => void clock.after(1_000, beat)
    beat()
    const endless = await clock.runUntilIdle({ limitMs: 5_000 }).catch((thrown: unknown) => thrown)
    assert.match(String(endless), /5 events/)
  })

  test('two drivers at once are refused, because each would take the events of the other', async () => {
    const clock = new VirtualClock()
    const first = clock.advance(10)
    const second = await clock.advance(10).catch((thrown: unknown) => thrown)
    assert.match(String(second), /drive it from one place/)
    await first
    await clock.advance(10)
  })

  test('the same seed gives the same chances, another seed others', () => {
    const draw = (seed: number) => {
      const clock = new VirtualClock({ seed })
      return Array.from({ length: 100 }, () => clock.random())
    }
    assert.equal(draw(7), draw(7))
    assert.not.equal(draw(7), draw(8))
    assert.ok(draw(7).every(value => value >= 0 && value < 1))
  })

  test('random numbers fill ten buckets evenly, for neighbouring seeds too', () => {
    // 10,000 draws: a bucket holds 1,000 on average, standard deviation sqrt(10000 * 0.1 * 0.9) = 30; five of them = 150
    for (const next of [seededRandom(1), seededRandom(2)]) {
      const buckets = new Array<number>(10).fill(0)
      for (let index = 0; index < 10_000; index++) buckets[Math.floor(next() * 10)]!++
      assert.ok(
        buckets.every(count => Math.abs(count - 1_000) < 150),
        buckets.join(),
      )
    }
    const firsts = new Array<number>(10).fill(0)
    for (let seed = 0; seed < 10_000; seed++) firsts[Math.floor(seededRandom(seed)() * 10)]!++
    assert.ok(
      firsts.every(count => Math.abs(count - 1_000) < 150),
      firsts.join(),
    )
  })

  test('the event queue gives events back sorted, whatever the order they came in', () => {
    const queue = new EventQueue()
    const next = seededRandom(3)
    const times = Array.from({ length: 500 }, () => Math.floor(next() * 100))
    const events = times.map((time, index) => queue.add(time, () => taken.push([time, index])))
    for (let index = 0; index < events.length; index += 3) queue.cancel(events[index]!)
    const taken: [number, number][] = []
    for (let callback = queue.take(); callback; callback = queue.take()) callback()
    const expected = times
      .map((time, index) => [time, index] as [number, number])
      .filter(([, index]) => index % 3 !== 0)
    assert.equal(
      taken,
      expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
    )
    assert.is(queue.size, 0)
  })
})
