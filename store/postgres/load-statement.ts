import type { AnyStore, Column } from '../../topology/definition/store.ts'
import type { CheckpointMove, StoreDelta, StoredRow } from '../contract.ts'
import { bookkeeping } from './bookkeeping.ts'
import { databaseTime } from './database-time.ts'
import { quoted, storeTable } from './identifiers.ts'
import { hex } from './literals.ts'
import type { Statement } from './row-statements.ts'
import { columnNames } from './store-ddl.ts'

// The rows travel in the text form of COPY: a line a row, a tab between columns.
//   column => '\N' (null) | text with a backslash before a backslash, and \t, \n and \r for those characters
// Source: Postgres manual, COPY, "Text Format".

/** The owner of the rows. */
interface Owner {
  readonly application: string
  readonly partition: number
  readonly epoch: number
}

/**
 * Loads rows into a store's table (C2, C5): the checkpoint moves first, if epoch and previous offset are the task's own, and the rows
 * follow by `copy`. Both are one query string, and so one transaction: no connection can be lost between them. A row that is there
 * already undoes all of it.
 */
export class LoadStatement {
  /** Ends with `copy ... from stdin`. Errors of the server: P0001 when the checkpoint is not the task's own. */
  readonly text: string
  readonly rows: Uint8Array
  /** Gives one row of true when the checkpoint has moved. */
  readonly check: Statement

  constructor(
    schema: string,
    store: AnyStore,
    { application, partition, epoch }: Owner,
    { puts }: StoreDelta,
    { previous, next }: CheckpointMove,
  ) {
    const { checkpoints } = bookkeeping(schema)
    const own = `application = ${quotedText(application)} and partition = ${partition} and store = ${quotedText(store.name)} and epoch = ${epoch}`
    this.text = `
      do $load$ begin
        update ${checkpoints} set changelog_offset = ${next}, written_at = ${databaseTime}
          where ${own} and changelog_offset is not distinct from ${previous ?? 'null'};
        if not found then raise exception 'the checkpoint is not where it was'; end if;
      end $load$;
      copy ${storeTable(schema, store)} (${columnNames(store).map(quoted).join(', ')}) from stdin`
    this.rows = Buffer.from(linesOf(store, partition, puts))
    this.check = {
      text: `select true from ${checkpoints}
        where application = $1::text and partition = $2::int and store = $3::text and epoch = $4::bigint and changelog_offset = $5::bigint`,
      parameters: [application, partition, store.name, epoch, next],
    }
  }
}

function linesOf({ key, value }: AnyStore, partition: number, rows: readonly StoredRow[]): string {
  let text = ''
  for (const row of rows) {
    text += partition
    for (let index = 0; index < key.columns.length; index++) text += `\t${field(key.columns[index]!, row.key[index])}`
    for (let index = 0; index < value.columns.length; index++)
      text += `\t${field(value.columns[index]!, row.value[index])}`
    text += `\t${row.timestamp}\n`
  }
  return text
}

const special = /[\\\t\n\r]/
const specials = new RegExp(special, 'g')
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function field(column: Column, part: unknown): string {
  if (part === null || part === undefined) return '\\N'
  const raw = column.sql.toSql(part)
  if (raw instanceof Uint8Array) return `\\${hex(raw)}`
  const text = String(raw)
  return special.test(text) ? text.replace(specials, character => escapes[character]!) : text
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
