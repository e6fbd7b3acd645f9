import { isDeepStrictEqual } from 'node:util'
import type { StoredRow } from '../../../store/contract.ts'
import type { LogBatch } from '../../broker/memory/partition-log.ts'
import type { RawRecord } from '../../broker/port.ts'
import type { TopologyGraph } from '../../definition/graph.ts'
import { changelogTopic, deadLetterTopic } from '../../definition/naming.ts'
import type { AnyStore } from '../../definition/store.ts'
import { bindCodecs } from '../../runtime/codecs.ts'
import type { SeedWorld } from './seed-run.ts'

/*
 * Checkers that know nothing of how the engine works: they look at the logs as they are (`inspect`), not through a reader,
 * and at the tables. Each returns what is wrong, in words; nothing when all is well.
 */

/** Committed data records of a topic in the order of partition and offset, straight from the log. */
export function committedRecords(world: Pick<SeedWorld, 'broker' | 'partitions'>, topic: string): readonly RawRecord[] {
  const records: RawRecord[] = []
  for (let partition = 0; partition < (world.partitions.get(topic) ?? 0); partition++)
    for (const batch of world.broker.inspect({ topic, partition }))
      if (batch.kind === 'data' && (batch.transaction === undefined || batch.transaction.verdict === 'committed'))
        records.push(...batch.records)
  return records
}

/** No transaction is left without a verdict. */
export function checkNothingHangs(world: SeedWorld): readonly string[] {
  return world.broker.openTransactions().map(id => `transaction of '${id}' hangs`)
}

/** In every partition, what a transactional id wrote under an older epoch never follows what it wrote under a newer one. */
export function checkFences(world: SeedWorld): readonly string[] {
  const wrong: string[] = []
  for (const [topic, count] of world.partitions)
    for (let partition = 0; partition < count; partition++) {
      const newest = new Map<string, number>()
      for (const { kind, transaction, base } of world.broker.inspect({ topic, partition })) {
        if (kind !== 'data' || transaction === undefined) continue
        const known = newest.get(transaction.transactionalId) ?? -1
        if (transaction.epoch < known)
          wrong.push(`${topic}/${partition} offset ${base}: '${transaction.transactionalId}' wrote after its fence`)
        newest.set(transaction.transactionalId, Math.max(known, transaction.epoch))
      }
    }
  return wrong
}

/** Every table equals its changelog, folded: last record of each key, tombstones out, timestamps and all. */
export async function checkTables(world: SeedWorld): Promise<readonly string[]> {
  const codecs = await bindCodecs(world.graph, world.registry)
  const wrong: string[] = []
  for (const store of world.graph.stores.values()) {
    if (isGlobal(world.graph, store)) continue
    const codec = codecs.stores.get(store.name)!
    const folded = new Map<string, StoredRow>()
    for (const record of committedRecords(world, changelogTopic(world.graph.definition.name, store.name))) {
      const key = store.key.split(await codec.key.decode(record.key))
      const id = textOf(key)
      if (record.value === null) folded.delete(id)
      else
        folded.set(id, {
          key,
          value: store.value.split(await codec.value.decode(record.value)),
          timestamp: record.timestamp,
        })
    }
    const rows = new Map(world.storage.rows(store.name).map(row => [textOf(row.key), row]))
    for (const id of new Set([...folded.keys(), ...rows.keys()]))
      if (!isDeepStrictEqual(rows.get(id), folded.get(id)))
        wrong.push(
          `store '${store.name}' ${id}: the table has ${textOf(rows.get(id))}, its changelog ${textOf(folded.get(id))}`,
        )
  }
  return wrong
}

/** As many dead letters as there was poison. */
export function checkDeadLetters(world: SeedWorld, expected: number): readonly string[] {
  const inputs = new Set(world.graph.subtopologies.flatMap(sub => sub.inputs))
  const found = [...inputs].reduce((sum, topic) => sum + committedRecords(world, deadLetterTopic(topic)).length, 0)
  return found === expected ? [] : [`${found} dead letters, expected ${expected}`]
}

/**
 * The outputs of a topic, key by key, in order, without timestamps and offsets: what a run under faults must have in
 * common with a calm one. Keys and values as text of their bytes.
 */
export function outputsByKey(
  world: Pick<SeedWorld, 'broker' | 'partitions'>,
  topic: string,
): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map<string, string[]>()
  for (const { key, value } of committedRecords(world, topic)) {
    const id = hex(key)
    const known = byKey.get(id)
    if (known) known.push(hex(value))
    else byKey.set(id, [hex(value)])
  }
  return byKey
}

/** Outputs and tables equal those of a run without faults. */
export function checkAgainst(calm: SeedWorld, world: SeedWorld): readonly string[] {
  const wrong: string[] = []
  for (const topic of new Set(world.graph.subtopologies.flatMap(sub => sub.sinks.map(sink => sink.topic)))) {
    if (typeof topic !== 'string') continue
    const should = outputsByKey(calm, topic)
    const is = outputsByKey(world, topic)
    for (const key of new Set([...should.keys(), ...is.keys()]))
      if (!isDeepStrictEqual(is.get(key), should.get(key)))
        wrong.push(`topic '${topic}' key ${key}: ${summary(is.get(key))}, without faults ${summary(should.get(key))}`)
  }
  for (const store of world.graph.stores.keys()) {
    const values = ({ storage }: SeedWorld) =>
      storage
        .rows(store)
        .map(({ key, value }) => textOf([key, value]))
        .sort()
    if (!isDeepStrictEqual(values(world), values(calm)))
      wrong.push(`store '${store}' differs from a run without faults`)
  }
  return wrong
}

function isGlobal(graph: TopologyGraph, store: AnyStore): boolean {
  return graph.globals.some(table => table.store.name === store.name)
}

function summary(values: readonly string[] | undefined): string {
  if (values === undefined) return 'nothing'
  return values.length <= 4 ? values.join(' ') : `${values.length} records ending ${values.slice(-2).join(' ')}`
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString('hex')
}

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
}
