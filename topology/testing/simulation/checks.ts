import type { RawRecord } from '../../broker/port.ts'
import { deadLetterTopic } from '../../definition/naming.ts'
import type { SeedWorld } from './seed-run.ts'
import { hexOf, textOf } from './text.ts'

/*
 * Checkers that know nothing about how the engine works: they look at the logs as they are (`inspect`), not through a reader,
 * and at the tables. Each returns the problems, in words; none when all is well.
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

/** In every partition, records of a transactional id's older epoch never follow those of a newer one. */
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
  return [...wrong, ...world.witness.problems]
}

/** Every table was a committed cut whenever it was looked at, and holds all that is committed now that the run is at rest. */
export async function checkTables(world: SeedWorld): Promise<readonly string[]> {
  return [...(await world.history.problems(world.registry)), ...world.history.behind()]
}

/** One dead letter for each poison record, each of another record. */
export function checkDeadLetters(world: SeedWorld, expected: number): readonly string[] {
  const inputs = new Set(world.graph.subtopologies.flatMap(sub => sub.inputs))
  const letters = [...inputs].flatMap(topic => committedRecords(world, deadLetterTopic(topic)))
  const origins = new Set(letters.map(({ topic, partition, headers }) => `${topic}/${partition}/${originOf(headers)}`))
  const wrong: string[] = []
  if (origins.size < letters.length) wrong.push(`${letters.length} dead letters of ${origins.size} records`)
  if (letters.length !== expected) wrong.push(`${letters.length} dead letters, expected ${expected}`)
  return wrong
}

function originOf(headers: RawRecord['headers']): string {
  const header = headers.find(({ key }) => key === 'millrace.dlq.offset')
  return header?.value ? Buffer.from(header.value).toString() : ''
}

/** The results of a run without faults: outputs by topic and key in order, and the tables. */
export interface CalmResult {
  readonly failure: string | undefined
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  readonly tables: ReadonlyMap<string, string>
}

/**
 * Of each topic written by name, keys with their values in order, without timestamps and offsets: a run under faults must
 * have the same as a calm one. Of each store, its rows without timestamps.
 */
export function resultOf(world: SeedWorld): CalmResult {
  const topics = new Set(world.graph.subtopologies.flatMap(sub => sub.sinks.map(sink => sink.topic)))
  const outputs = new Map<string, ReadonlyMap<string, readonly string[]>>()
  for (const topic of topics) {
    if (typeof topic !== 'string') continue
    const byKey = new Map<string, string[]>()
    for (const { key, value } of committedRecords(world, topic)) {
      const id = hexOf(key)
      const known = byKey.get(id)
      if (known) known.push(hexOf(value))
      else byKey.set(id, [hexOf(value)])
    }
    outputs.set(topic, byKey)
  }
  const tables = new Map<string, string>()
  for (const { name } of world.history.stores) {
    const rows = world.storage.rows(name).map(({ key, value }) => textOf([key, value]))
    tables.set(name, rows.sort().join('\n'))
  }
  return { failure: world.failure, outputs, tables }
}

/** The way a run is compared with one without faults: all outputs of a key in order, or only the last. */
export type Comparison = 'in-order' | 'last'

/** Outputs and tables equal those of a run without faults. */
export function checkAgainst(calm: CalmResult, world: SeedWorld, comparison: Comparison): readonly string[] {
  const wrong: string[] = []
  const found = resultOf(world)
  const textOfKey = (values: readonly string[] | undefined) =>
    comparison === 'last' ? values?.at(-1) : values?.join(' ')
  for (const [topic, should] of calm.outputs) {
    const is = found.outputs.get(topic) ?? new Map<string, readonly string[]>()
    for (const key of new Set([...should.keys(), ...is.keys()]))
      if (textOfKey(is.get(key)) !== textOfKey(should.get(key)))
        wrong.push(`topic '${topic}' key ${key}: ${summary(is.get(key))}, without faults ${summary(should.get(key))}`)
  }
  for (const [store, rows] of calm.tables)
    if (found.tables.get(store) !== rows) wrong.push(`store '${store}' differs from a run without faults`)
  return wrong
}

function summary(values: readonly string[] | undefined): string {
  if (values === undefined) return 'nothing'
  return values.length <= 4 ? values.join(' ') : `${values.length} records ending ${values.slice(-2).join(' ')}`
}
