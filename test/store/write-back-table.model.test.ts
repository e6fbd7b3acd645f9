import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { TaskDelta } from '../../store/contract.ts'
import type { Drained, WriteBackTable } from '../../store/write-back-table.ts'
import { isPromise } from '../../topology/definition/record.ts'
import { int64, string } from '../../topology/definition/serdes/primitives.ts'
import type { Entry, ScanRange } from '../../topology/definition/store.ts'
import { keyValueStore } from '../../topology/definition/stores/key-value.ts'
import { tuple } from '../../topology/definition/stores/layout.ts'
import { suite } from '../support/suite.ts'
import { gatedStorage, settled } from './gated-storage.ts'
import { claimMemory, openTable } from './open-table.ts'

/*
 * The buffer against a plain Map: whatever is written, undone, drained, applied, evicted and answered late, a read gives
 * what the Map has when the read's answer comes.
 */

const definition = keyValueStore('pairs', {
  key: tuple([
    ['a', string],
    ['b', int64],
  ]),
  value: string,
})
type Key = readonly [string, bigint]

type Step =
  | { readonly do: 'put'; readonly key: Key; readonly value: string }
  | { readonly do: 'delete' | 'get'; readonly key: Key }
  | { readonly do: 'scan'; readonly range: ScanRange }
  | { readonly do: 'prefetch'; readonly keys: readonly (readonly unknown[])[] }
  | { readonly do: 'begin' | 'end' | 'rollback' | 'drain' | 'apply' }
  | { readonly do: 'answer'; readonly which: number }

const key: fc.Arbitrary<Key> = fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.bigInt(0n, 4n))
const parts: fc.Arbitrary<readonly unknown[]> = fc.oneof(
  fc.constant([]),
  key.map(([a]) => [a]),
  key,
)
const range: fc.Arbitrary<ScanRange> = fc.record(
  { from: parts, to: parts, reverse: fc.boolean(), limit: fc.nat(4) },
  { requiredKeys: [] },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), key, value: fc.string({ maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'get' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('scan' as const), range }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('prefetch' as const),
      keys: fc.array(
        parts.filter(p => p.length > 0),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('begin', 'end', 'rollback', 'drain', 'apply' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(5) }) },
) as fc.Arbitrary<Step>

const limits = fc.record({
  cacheBytes: fc.constantFrom(0, 700, 1_500, 1_000_000),
  residentRows: fc.constantFrom(0, 2, 100),
  prefixRows: fc.constantFrom(1, 3, 100),
})

class World {
  readonly table: WriteBackTable<Key, string>
  readonly storage: Awaited<ReturnType<typeof claimMemory>>
  readonly gate: ReturnType<typeof gatedStorage>
  readonly model = new Map<string, Entry<Key, string>>()
  before: Map<string, Entry<Key, string>> | undefined
  readonly drained: Drained[] = []
  applied = 0
  readonly checks: Promise<void>[] = []

  constructor(
    table: WriteBackTable<Key, string>,
    storage: Awaited<ReturnType<typeof claimMemory>>,
    gate: ReturnType<typeof gatedStorage>,
  ) {
    this.table = table
    this.storage = storage
    this.gate = gate
  }

  async run(one: Step): Promise<void> {
    switch (one.do) {
      case 'put':
        this.table.put(one.key, one.value)
        this.model.set(one.key.join(), { key: one.key, value: one.value, timestamp: 0 })
        return
      case 'delete':
        this.table.delete(one.key)
        this.model.delete(one.key.join())
        return
      case 'get':
        return this.expect(this.table.get(one.key), () => this.model.get(one.key.join()))
      case 'scan':
        return this.expect(this.table.scan(one.range), () => scanModel(this.model, one.range))
      case 'prefetch': {
        const pending = this.table.prefetch(one.keys)
        if (isPromise(pending)) this.later(pending)
        return settled()
      }
      case 'begin':
        if (this.before) return
        this.before = new Map(this.model)
        return this.table.begin()
      case 'end':
        this.before = undefined
        return this.table.end()
      case 'rollback':
        if (!this.before) return
        this.table.rollback()
        this.model.clear()
        for (const [id, entry] of this.before) this.model.set(id, entry)
        return
      case 'drain':
        if (!this.before) this.drained.push(this.table.drain())
        return
      case 'apply':
        return this.apply()
      case 'answer':
        if (this.gate.waiting > 0) await this.gate.answer(one.which)
    }
  }

  /** Checked where the answer comes: at once, or when the gate lets it through. */
  async expect<T>(read: T | Promise<T>, model: () => T): Promise<void> {
    if (isPromise(read)) this.later((read as Promise<T>).then(got => assert.equal(got, model())))
    else assert.equal(read, model())
    await settled()
  }

  /** A check that fails is reported at the end, and not as an unhandled rejection before. */
  later(check: Promise<void>): void {
    check.catch(() => {})
    this.checks.push(check)
  }

  async apply(): Promise<void> {
    const next = this.drained.shift()
    if (!next) return
    const previous = this.applied === 0 ? undefined : this.applied
    this.applied++
    const delta: TaskDelta = {
      stores: [next.delta],
      checkpoints: new Map([['pairs', { previous, next: this.applied }]]),
    }
    await this.storage.apply(delta)
    next.applied()
  }

  async finish(): Promise<void> {
    this.table.end()
    this.drained.push(this.table.drain())
    while (this.gate.waiting > 0) await this.gate.answer(0)
    while (this.drained.length > 0) await this.apply()
    while (this.gate.waiting > 0) await this.gate.answer(0)
    await Promise.all(this.checks)
    assert.equal(this.table.bufferBytes, 0)
    const rows = await this.storage.scan('pairs', {})
    const expected = scanModel(this.model, {})
    assert.equal(
      rows.map(({ key, value }) => [...key, ...value]),
      expected.map(({ key, value }) => [...key, value]),
    )
  }
}

function scanModel(model: Map<string, Entry<Key, string>>, { from = [], to = [], reverse, limit }: ScanRange) {
  const order = (a: readonly unknown[], b: readonly unknown[]) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      if ((a[i] as string) < (b[i] as string)) return -1
      if ((a[i] as string) > (b[i] as string)) return 1
    }
    return 0
  }
  const found = [...model.values()].filter(({ key }) => order(key, from) >= 0 && order(key, to) <= 0)
  found.sort((a, b) => order(a.key, b.key))
  if (reverse) found.reverse()
  return found.slice(0, limit)
}

suite('write-back table against a map', test => {
  test('reads, undo, drains, late answers and eviction', async () => {
    await fc.assert(
      fc.asyncProperty(
        limits,
        fc.array(key, { maxLength: 8 }),
        fc.array(step, { maxLength: 40 }),
        async (caps, stored, steps) => {
          const storage = await claimMemory(definition as never)
          const unique = new Map(stored.map(one => [one.join(), one]))
          const puts = [...unique.values()].map(one => ({ key: one, value: ['stored'], timestamp: 0 }))
          await storage.apply({ stores: [{ store: 'pairs', puts, deletes: [] }], checkpoints: new Map() })
          const gate = gatedStorage(storage)
          const table = await openTable<Key, string>(definition, gate.storage, caps)
          const opening = table.open()
          await settled()
          while (gate.waiting > 0) await gate.answer(0)
          await opening
          const world = new World(table, storage, gate)
          for (const one of puts) world.model.set(one.key.join(), { key: one.key, value: 'stored', timestamp: 0 })
          table.end()
          for (const one of steps) await world.run(one)
          await world.finish()
        },
      ),
      { numRuns: 3_000 },
    )
  })
})
