import { Command } from 'commander'
import type { Sql } from 'postgres'
import { ordersFills, tradingSignals } from '../../processors/topics.ts'
import trading from '../../processors/trading.ts'
import type { ExecutionReportEvent } from '../../schemas/trading/generated/execution-report.ts'
import type { ExecutionRow } from '../../schemas/trading/generated/execution-row.ts'
import type { PositionRow } from '../../schemas/trading/generated/position-row.ts'
import { executions, positions } from '../../store/trading/reconciler.ts'
import { type AnyStore, TopologyError } from '../../topology/index.ts'
import {
  type Bound,
  jsonOption,
  onServers,
  openDatabase,
  type Parts,
  parseBound,
  type RawRecord,
  readStoreRows,
  readWindow,
} from '../commands.ts'
import { replayProcessor } from './replay/replay-processor.ts'
import { type BooksDifference, shadowBooks } from './replay/shadow-books.ts'
import { tryChange } from './replay/what-if-command.ts'

interface ReplayFlags {
  readonly fromTopic?: string
  readonly from: string
  readonly to?: string
  readonly apply?: boolean
  readonly with?: string
  readonly processor?: string
  readonly json?: boolean
}

/**
 * `replay`: runs a window of a topic through a processor in a shadow and prints what differs from its tables; for reports without
 * `--processor` it rebuilds the books by their own rules. Nothing is changed unless `--apply` is given: then rows that differ from their
 * changelog are restored, or the reports that the books lack are written to the topic again, for the reconciler to fold in; it
 * ignores those it has already. Exit code 1: something differs.
 */
export function replayCommand(): Command {
  return new Command('replay')
    .option('--from-topic <topic>', 'the topic to read, of the inputs of a processor')
    .option(
      '--processor <name>',
      `the processor to run again (default: the only one that reads the topic; ${ordersFills.name}: the books)`,
    )
    .option('--with <file>', 'what if: decide the signals of the window with these limits, or by this topology')
    .option('--from <bound>', 'first record: an offset, or a time', '0')
    .option('--to <bound>', 'end, exclusive: an offset, or a time (default: all there is)')
    .option(
      '--apply',
      'cure what can be cured: restore rows from their changelog, write reports again that the books lack',
    )
    .addOption(jsonOption())
    .action(replay)
}

async function replay(flags: ReplayFlags): Promise<void> {
  const [from, to] = [parseBound(flags.from), parseBound(flags.to ?? String(Number.MAX_SAFE_INTEGER))]
  if (flags.with !== undefined) {
    if (flags.fromTopic !== undefined && flags.fromTopic !== tradingSignals.name)
      throw wrong(
        `what-if reads the signals of '${tradingSignals.name}', not '${flags.fromTopic}': leave --from-topic out`,
      )
    if (flags.apply) throw wrong('a what-if changes nothing: leave --apply out')
    return tryChange(flags.with, { from, to, json: flags.json })
  }
  if (flags.fromTopic === undefined)
    throw wrong(
      `replay what? Name the topic with --from-topic=${ordersFills.name}, or a change to try with --with=<file>`,
    )
  const { fromTopic: topic, processor, apply = false, json = false } = flags
  if (topic !== ordersFills.name || processor !== undefined)
    return replayProcessor({ topic, processor, from, to, apply, json })
  await onServers('replay', ['kafka', 'registry', 'postgres'], (parts, { postgres, schema }) =>
    compare(flags, { from, to }, parts, { url: postgres, schema }),
  )
}

function wrong(message: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', message)
}

async function compare(
  { apply: applied, json }: ReplayFlags,
  { from, to }: { readonly from: Bound; readonly to: Bound },
  parts: Parts,
  database: { readonly url: string; readonly schema: string | undefined },
): Promise<void> {
  const sql = await openDatabase(database.url)
  try {
    const records = await readWindow(ordersFills.name, from, to, parts.broker)
    if (records.length === 0)
      throw wrong(`no record of '${ordersFills.name}' is in the window: give --from and --to that hold some`)
    const events = await decode(records, parts)
    const shadow = shadowBooks(
      events.map(({ event }) => event.payload),
      await rowsOf<ExecutionRow>(sql, executions, database.schema),
      await rowsOf<PositionRow>(sql, positions, database.schema),
    )
    const { reports, differences } = shadow
    if (json)
      console.log(JSON.stringify({ records: records.length, reports, differences, incurable: shadow.incurable }))
    else {
      for (const { about, what, shadow: is, live } of differences)
        console.log(`${about}  ${what}\n  shadow ${is}\n  live   ${live}`)
      const found = differences.length === 0 ? 'the live books are the same' : `${differences.length} differences`
      console.log(`${records.length} records, ${reports} reports in the window: ${found}`)
    }
    if (applied)
      await apply(
        events.filter(({ event }) => shadow.missing.has(event.payload.executionId)).map(({ record }) => record),
        parts,
      )
    const left = applied ? shadow.incurable : shadow.differences
    if (left.length > 0) process.exitCode = 1
    if (applied && left.length > 0) console.error(incurableText(shadow.incurable))
  } finally {
    await sql.end()
  }
}

/** Rows that differ although no report is missing are not what their changelog says, or were never what the reports say. */
function incurableText(differences: readonly BooksDifference[]): string {
  const about = [...new Set(differences.map(difference => difference.about))].join(', ')
  const stores = [executions.name, positions.name].map(name => `npm run state -- wipe ${name}`).join(' and ')
  return (
    `not cured: ${differences.length} differences of ${about}, whose reports the books have already; ` +
    `rows that were changed by hand are restored from their changelogs by '${stores}'`
  )
}

async function decode(records: readonly RawRecord[], { registry }: Parts) {
  const codec = await ordersFills.value.bind({ topic: ordersFills.name, part: 'value', registry })
  return Promise.all(
    records.map(async record => ({ record, event: (await codec.decode(record.value)) as ExecutionReportEvent })),
  )
}

async function rowsOf<V>(sql: Sql, definition: AnyStore, schema: string | undefined): Promise<readonly V[]> {
  const location = { application: trading.name, definition, ...(schema && { schema }) }
  const rows = await readStoreRows(sql, location, Number.MAX_SAFE_INTEGER)
  return rows.map(({ key, value }) => definition.value.join(value, key) as V)
}

async function apply(records: readonly RawRecord[], { broker }: Parts): Promise<void> {
  const writer = await broker.writer()
  await writer.send(
    records.map(({ topic, partition, timestamp, key, value, headers }) => ({
      topic,
      partition,
      timestamp,
      key,
      value,
      headers,
    })),
  )
  await writer.close()
  console.error(`${records.length} reports written to ${ordersFills.name} again: the reconciler folds them in`)
}
