import type { MemoryStorage, StoreCut } from '../../../store/memory-storage.ts'
import type { MemoryBroker } from '../../broker/memory/memory-broker.ts'
import type { LogBatch, LogTransaction } from '../../broker/memory/partition-log.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import { changelogTopic } from '../../definition/naming.ts'
import type { SchemaRegistry } from '../../definition/serde.ts'
import type { AnyStore } from '../../definition/store.ts'
import { bindCodecs, type Codecs } from '../../runtime/codecs.ts'
import { textOf } from './text.ts'

/** The table of one store at a moment of a run, and the ends of the changelogs then. */
interface Seen {
  readonly store: AnyStore
  readonly at: number
  readonly cut: StoreCut
  readonly end: number
}

interface Change {
  readonly offset: number
  readonly id: string
  /** Undefined: a tombstone. */
  readonly row: string | undefined
  readonly transaction: LogTransaction | undefined
}

/**
 * Everything that was ever written to the changelogs, kept from before compaction removes it, and the tables as they were at
 * moments of the run. When the run is over and every verdict is known, each table must have been a committed cut: its
 * changelog folded up to its checkpoint, nothing more (C3) and nothing less.
 */
export class ChangelogHistory {
  readonly #graph: TopologyGraph
  readonly #broker: MemoryBroker
  readonly #storage: MemoryStorage
  readonly #partitions: ReadonlyMap<string, number>
  readonly #batches = new Map<string, LogBatch[]>()
  readonly #ends = new Map<string, number>()
  readonly #seen: Seen[] = []

  constructor(
    graph: TopologyGraph,
    broker: MemoryBroker,
    storage: MemoryStorage,
    partitions: ReadonlyMap<string, number>,
  ) {
    this.#graph = graph
    this.#broker = broker
    this.#storage = storage
    this.#partitions = partitions
  }

  /** Stores with a changelog. */
  get stores(): readonly AnyStore[] {
    const globals = new Set(this.#graph.globals.map(({ store }) => store.name))
    return [...this.#graph.stores.values()].filter(({ name }) => !globals.has(name))
  }

  changelogOf(store: string): string {
    return changelogTopic(this.#graph.definition.name, store)
  }

  /** Keeps the present records of the changelogs. To be called before each compaction. */
  keep(): void {
    for (const { name } of this.stores) {
      const topic = this.changelogOf(name)
      for (let partition = 0; partition < (this.#partitions.get(topic) ?? 0); partition++) {
        const key = `${topic}/${partition}`
        const known = this.#ends.get(key) ?? 0
        let end = known
        const kept = this.#batches.get(key) ?? []
        this.#batches.set(key, kept)
        for (const batch of this.#broker.inspect({ topic, partition })) {
          if (batch.base < known) continue
          if (batch.kind === 'data') kept.push(batch)
          end = batch.last + 1
        }
        this.#ends.set(key, end)
      }
    }
  }

  /** Records the present state of the tables. Units: `at` in ms. */
  look(at: number): void {
    this.keep()
    for (const store of this.stores)
      for (const cut of this.#storage.cuts(store.name)) {
        const end = this.#ends.get(`${this.changelogOf(store.name)}/${cut.partition}`) ?? 0
        this.#seen.push({ store, at, cut, end })
      }
  }

  /** The problems of the tables that were seen, the first one of each store. After the run. */
  async problems(registry: SchemaRegistry): Promise<readonly string[]> {
    const codecs = await bindCodecs(this.#graph, registry)
    const wrong = new Map<string, string>()
    const changes = new Map<string, readonly Change[]>()
    for (const { store, at, cut, end } of this.#seen) {
      if (wrong.has(store.name)) continue
      const where = `store '${store.name}' partition ${cut.partition} at ${at} ms`
      if (cut.offset !== undefined && cut.offset > end) {
        wrong.set(store.name, `${where} has checkpoint ${cut.offset}, past its changelog's end ${end}`)
        continue
      }
      const key = `${this.changelogOf(store.name)}/${cut.partition}`
      const written = changes.get(key) ?? (await this.#changesOf(key, store, codecs))
      changes.set(key, written)
      const difference = compare(cut, written)
      if (difference) wrong.set(store.name, `${where}, checkpoint ${cut.offset ?? 'none'}, ${difference}`)
    }
    return [...wrong.values()]
  }

  /** Tables that have not reached the last committed change that their changelogs still hold, when all is at rest. */
  behind(): readonly string[] {
    const wrong: string[] = []
    for (const { name } of this.stores)
      for (const { partition, offset } of this.#storage.cuts(name)) {
        const batches = this.#broker.inspect({ topic: this.changelogOf(name), partition })
        const last = batches.findLast(
          ({ kind, transaction }) => kind === 'data' && transaction?.verdict === 'committed',
        )
        if (last !== undefined && (offset ?? 0) <= last.last)
          wrong.push(
            `store '${name}' partition ${partition} rests at checkpoint ${offset ?? 'none'}, and offset ${last.last} is committed`,
          )
      }
    return wrong
  }

  async #changesOf(key: string, store: AnyStore, codecs: Codecs): Promise<readonly Change[]> {
    const codec = codecs.stores.get(store.name)!
    const changes: Change[] = []
    for (const { records, transaction } of this.#batches.get(key) ?? [])
      for (const { offset, key, value, timestamp } of records) {
        const parts = store.key.split(await codec.key.decode(key))
        const row = value === null ? undefined : textOf([store.value.split(await codec.value.decode(value)), timestamp])
        changes.push({ offset, id: textOf(parts), row, transaction })
      }
    return changes
  }
}

/** The difference of a table from its changelog folded up to its checkpoint; undefined: none. */
function compare({ offset, rows }: StoreCut, changes: readonly Change[]): string | undefined {
  const folded = new Map<string, string>()
  for (const change of changes) {
    if (change.offset >= (offset ?? 0)) break
    if (change.transaction !== undefined && change.transaction.verdict !== 'committed') continue
    if (change.row === undefined) folded.delete(change.id)
    else folded.set(change.id, change.row)
  }
  for (const { key, value, timestamp } of rows) {
    const id = textOf(key)
    const row = textOf([value, timestamp])
    if (folded.get(id) !== row) return `has ${id} ${row}, its changelog ${folded.get(id) ?? 'nothing'}`
    folded.delete(id)
  }
  for (const [id, row] of folded) return `lacks ${id}, its changelog has ${row}`
  return undefined
}
