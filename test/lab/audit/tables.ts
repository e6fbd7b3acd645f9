import type { Sql } from 'postgres'
import type { StoredRow } from '../../../store/contract.ts'
import { readStoreRows } from '../../../store/queries.ts'
import type { Broker } from '../../../topology/broker/port.ts'
import type { TopologyGraph } from '../../../topology/definition/graph.ts'
import { changelogTopic } from '../../../topology/definition/naming.ts'
import type { SchemaRegistry } from '../../../topology/definition/serde.ts'
import type { AnyStore } from '../../../topology/definition/store.ts'
import { bindCodecs, type RecordCodec } from '../../../topology/runtime/codecs.ts'

/** The place of the tables. Unset `schema`: `public`. */
export interface TablesAt {
  readonly sql: Sql
  readonly schema?: string
  readonly broker: Broker
  readonly registry: SchemaRegistry
}

/**
 * Compares every table of a topology with its changelog, folded to the last stable offset: keys, values, timestamps.
 * The workers must have come to rest. Returns the differences, in words, and the number of rows that were compared.
 */
export async function auditTables(
  graph: TopologyGraph,
  at: TablesAt,
): Promise<{ readonly rows: number; readonly problems: readonly string[] }> {
  const codecs = await bindCodecs(graph, at.registry)
  const problems: string[] = []
  let compared = 0
  for (const definition of graph.subtopologies.flatMap(sub => sub.stores)) {
    const application = graph.definition.name
    const location = { application, definition, ...(at.schema && { schema: at.schema }) }
    const rows = new Map(
      (await readStoreRows(at.sql, location, Number.MAX_SAFE_INTEGER)).map(row => [text(row.key), text(row)]),
    )
    const folded = await fold(
      definition,
      changelogTopic(application, definition.name),
      codecs.stores.get(definition.name)!,
      at.broker,
    )
    for (const key of new Set([...rows.keys(), ...folded.keys()])) {
      compared++
      if (rows.get(key) === folded.get(key)) continue
      problems.push(
        `store '${definition.name}' ${key}: the table has ${rows.get(key) ?? 'nothing'}, the changelog ${folded.get(key) ?? 'nothing'}`,
      )
    }
  }
  return { rows: compared, problems }
}

async function fold(
  store: AnyStore,
  topic: string,
  codec: RecordCodec,
  broker: Broker,
): Promise<ReadonlyMap<string, string>> {
  const [spec] = await broker.admin.describeTopics([topic])
  const partitions = Array.from({ length: spec?.partitions ?? 0 }, (_, partition) => ({ topic, partition }))
  const starts = await broker.admin.listOffsets(partitions, 'earliest')
  const ends = await broker.admin.listOffsets(partitions, 'committed')
  const reader = broker.reader({ isolation: 'read_committed', maxWaitMs: 20 })
  const open = new Map<number, number>()
  for (const [index, at] of partitions.entries()) {
    if ((starts[index] as number) >= (ends[index] as number)) continue
    reader.seek(at, starts[index] as number)
    open.set(at.partition, ends[index] as number)
  }
  const rows = new Map<string, string>()
  while (open.size > 0) {
    for (const { partition, records, position } of await reader.poll()) {
      for (const record of records) {
        const key = store.key.split(await codec.key.decode(record.key))
        if (record.value === null) rows.delete(text(key))
        else {
          const value = store.value.split(await codec.value.decode(record.value))
          rows.set(text(key), text({ key, value, timestamp: record.timestamp } satisfies StoredRow))
        }
      }
      if (position >= (open.get(partition) ?? 0)) open.delete(partition)
    }
  }
  await reader.close()
  return rows
}

/** Equal values have equal text. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === 'bigint') return `${part}n`
    if (part instanceof Uint8Array) return Buffer.from(part).toString('hex')
    return plainObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part
  })
}

function plainObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
