import type { Sql } from 'postgres'
import type { StoredRow } from '../../store/contract.ts'
import { readStoreRows } from '../../store/queries.ts'
import type { Parts } from '../../topology/app/connections.ts'
import { partitionsOf, readRaw } from '../../topology/app/topics/read-raw.ts'
import { partitionKey, type RawRecord } from '../../topology/broker/port.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { Subtopology, TopologyGraph } from '../../topology/definition/graph.ts'
import { chooseProcessors } from '../../topology/definition/processor-choice.ts'
import type { AnyStore, Column } from '../../topology/definition/store.ts'
import { wipePartitions } from '../state.ts'
import { readChangelogRows } from './changelog-rows.ts'
import { keyText, runShadow, type ShadowRows } from './shadow-run.ts'
import { type Bound, isWithin } from './window.ts'

/** A window of a topic that a processor reads, and the tables to compare with. Unset `schema`: `public`. */
export interface ReplayOptions {
  readonly graph: TopologyGraph
  readonly topic: string
  /** Unset: the only one that reads the topic. */
  readonly processor?: string | undefined
  readonly from: Bound
  readonly to: Bound
  readonly parts: Pick<Parts, 'broker' | 'registry' | 'clock' | 'storage'>
  readonly sql: Sql
  readonly schema?: string | undefined
}

/** One column of a row that is not what the shadow says. Decimals and times are as SQL writes them. */
export interface RowDifference {
  readonly store: string
  readonly partition: number
  readonly key: string
  readonly column: string
  readonly shadow: string
  readonly live: string
  /** The changelog says what the shadow does: the row is put right by a restore. */
  readonly restorable: boolean
}

/** The result of a replay. */
export interface ReplayedRows {
  readonly processor: string
  /** Records of the topic in the window. */
  readonly records: number
  /** Rows that the window changed, and that were compared. */
  readonly rows: number
  readonly differences: readonly RowDifference[]
  /** The processor has committed more meanwhile: what differs may be that. */
  readonly moved: boolean
}

/**
 * Runs a processor in a shadow, in this process and on nothing real, over all that it has processed, and compares the rows that the
 * records of a window have changed with those of its tables.
 *
 * Errors: TopologyError CONFIG_INVALID for a window without a record, for a topic of several readers without a choice, and for inputs
 * that have lost their beginning, from which no state can be made again.
 */
export async function replayRows(options: ReplayOptions): Promise<ReplayedRows> {
  const { graph, topic, from, to, parts, sql, schema } = options
  const sub = readerOf(options)
  const { admin } = parts.broker
  const globals = graph.globals.flatMap(({ source }) => source.topics)
  const specs = await admin.describeTopics([...new Set([...sub.inputs, ...globals])])
  const at = await partitionsOf(parts.broker, sub.inputs)
  await refuseLostBeginnings(sub, at, parts)
  const committed = async () =>
    new Map(
      (await admin.committedOffsets(sub.group, at)).map((offset, index) => [
        partitionKey(at[index]!.topic, at[index]!.partition),
        offset?.offset ?? 0,
      ]),
    )
  const ends = await committed()
  const records: RawRecord[] = []
  for await (const record of readRaw(parts.broker, at))
    if (record.offset < (ends.get(partitionKey(record.topic, record.partition)) ?? 0)) records.push(record)
  const own = records.filter(record => record.topic === topic)
  const window = own.filter(record => isWithin(record, from, to))
  if (window.length === 0)
    throw new TopologyError(
      'CONFIG_INVALID',
      `no record of '${topic}' that '${sub.name}' has processed is in the window: give --from and --to that hold some`,
    )
  const steps = splitAt(records, topic, from, to, window)
  for await (const record of readRaw(parts.broker, await partitionsOf(parts.broker, globals))) steps[0].push(record)
  const { clock, registry } = parts
  const [before, after, last] = await runShadow({ graph, sub, clock, registry, topics: specs, steps })
  const differences: RowDifference[] = []
  let rows = 0
  for (const definition of sub.stores) {
    const cuts = [before, after, last].map(cut => cut!.get(definition.name)!) as [ShadowRows, ShadowRows, ShadowRows]
    const touched = [...new Set([...cuts[0].keys(), ...cuts[1].keys()])].filter(
      key => rowText(definition, cuts[0].get(key)?.row) !== rowText(definition, cuts[1].get(key)?.row),
    )
    rows += touched.length
    const location = { application: graph.definition.name, definition, ...(schema && { schema }) }
    const live = new Map(
      (await readStoreRows(sql, location, Number.MAX_SAFE_INTEGER)).map(row => [keyText(row.key), row]),
    )
    const wrong = touched.filter(
      key => rowText(definition, cuts[2].get(key)?.row) !== rowText(definition, live.get(key)),
    )
    if (wrong.length === 0) continue
    const changelog = await readChangelogRows(graph, definition, parts)
    for (const key of wrong) {
      const shadow = cuts[2].get(key)?.row
      const { partition } = (cuts[2].get(key) ?? cuts[1].get(key) ?? cuts[0].get(key))!
      const restorable = rowText(definition, changelog.get(key)) === rowText(definition, shadow)
      const found = { store: definition.name, partition, key, restorable }
      for (const difference of columnDifferences(definition, shadow, live.get(key)))
        differences.push({ ...found, ...difference })
    }
  }
  const now = await committed()
  const moved = [...now].some(([place, offset]) => offset !== ends.get(place))
  return { processor: sub.name, records: window.length, rows, differences, moved }
}

/**
 * Empties the partitions in which rows differ from their changelog, so that the processor restores them when it starts. Its workers must
 * be stopped. Returns the partitions that were emptied. Shape: `{ store: 'positions', partition: 3 }`.
 */
export async function restoreRows(
  graph: TopologyGraph,
  { processor, differences }: Pick<ReplayedRows, 'processor' | 'differences'>,
  parts: Parts,
): Promise<readonly { readonly store: string; readonly partition: number }[]> {
  const sub = graph.subtopologies.find(({ name }) => name === processor)!
  const places = new Map(
    differences
      .filter(({ restorable }) => restorable)
      .map(({ store, partition }) => [`${store} ${partition}`, { store, partition }]),
  )
  for (const { store, partition } of places.values()) await wipePartitions(graph, parts, sub, [store], [partition])
  return [...places.values()]
}

/** The sub-topology that reads a topic. */
export function readerOf({
  graph,
  topic,
  processor,
}: Pick<ReplayOptions, 'graph' | 'topic' | 'processor'>): Subtopology {
  if (processor !== undefined) {
    const [sub] = chooseProcessors(graph, [processor]) as [Subtopology]
    if (sub.inputs.includes(topic)) return sub
    throw new TopologyError(
      'CONFIG_INVALID',
      `'${sub.name}' does not read topic '${topic}': choose among ${sub.inputs.join(', ')}`,
    )
  }
  const readers = graph.subtopologies.filter(({ inputs }) => inputs.includes(topic))
  if (readers.length === 1) return readers[0]!
  const names = readers.map(({ name }) => name).join(', ')
  throw new TopologyError(
    'CONFIG_INVALID',
    readers.length === 0
      ? `no processor of '${graph.definition.name}' reads topic '${topic}': choose among ${[...new Set(graph.subtopologies.flatMap(({ inputs }) => inputs))].sort().join(', ')}`
      : `topic '${topic}' is read by ${names}: choose one with --processor`,
  )
}

/** A processor whose first records are gone cannot be run again from its beginning. */
async function refuseLostBeginnings(
  { name }: Subtopology,
  at: readonly { readonly topic: string; readonly partition: number }[],
  { broker }: Pick<Parts, 'broker'>,
): Promise<void> {
  const firsts = await broker.admin.listOffsets(at, 'earliest')
  const lost = at.filter((_, index) => firsts[index]! > 0).map(({ topic, partition }) => `${topic}/${partition}`)
  if (lost.length === 0) return
  throw new TopologyError(
    'CONFIG_INVALID',
    `'${name}' cannot be run again from its beginning: ${lost.join(', ')} have lost their first records to retention; compare the tables with their changelogs instead ('millrace state wipe' restores them)`,
  )
}

/** The records before, in and after a window. Other inputs are split by the times of the window's records. */
function splitAt(
  records: readonly RawRecord[],
  topic: string,
  from: Bound,
  to: Bound,
  window: readonly RawRecord[],
): [RawRecord[], RawRecord[], RawRecord[]] {
  const times = window.map(({ timestamp }) => timestamp)
  const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
  const steps: [RawRecord[], RawRecord[], RawRecord[]] = [[], [], []]
  const nowhere: Bound = { offset: 0 }
  for (const record of records) {
    const early =
      record.topic === topic ? !isWithin(record, from, { offset: Number.MAX_SAFE_INTEGER }) : record.timestamp < first
    const late = record.topic === topic ? !isWithin(record, nowhere, to) : record.timestamp > last
    steps[early ? 0 : late ? 2 : 1].push(record)
  }
  return steps
}

function rowText(definition: AnyStore, row: StoredRow | undefined): string | undefined {
  return row && definition.value.columns.map((column, index) => partText(column, row.value[index])).join('\n')
}

function columnDifferences(definition: AnyStore, shadow: StoredRow | undefined, live: StoredRow | undefined) {
  return definition.value.columns.flatMap((column, index) => {
    const [is, was] = [shadow, live].map(row => (row ? partText(column, row.value[index]) : 'no row'))
    return is === was ? [] : [{ column: column.name, shadow: is!, live: was! }]
  })
}

/** As SQL writes it, decimals without the zeros behind them; equal JSON has equal text. */
function partText({ sql }: Column, part: unknown): string {
  if (part === null || part === undefined) return 'null'
  const written = sql.toSql(part)
  if (written instanceof Uint8Array) return Buffer.from(written).toString('hex')
  const text = String(written)
  if (sql.pg.startsWith('json')) return JSON.stringify(JSON.parse(text), sortedKeys)
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text
}

function sortedKeys(_: string, part: unknown): unknown {
  if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
}
