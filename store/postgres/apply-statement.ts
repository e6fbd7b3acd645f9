import type { AnyStore } from '../../topology/definition/store.ts'
import type { StoreDelta, TaskDelta } from '../contract.ts'
import { bookkeeping } from './bookkeeping.ts'
import { databaseTime } from './database-time.ts'
import { quoted, storeTable } from './identifiers.ts'
import { arrayLiteral, numbersLiteral, textsLiteral } from './literals.ts'
import { aliases, arrays, type Statement, sameKey } from './row-statements.ts'

/** The owner of a task's tables: the statements' first three parameters. */
interface Owner {
  readonly application: string
  readonly partition: number
  readonly epoch: number
}

/**
 * The one statement that applies a commit (C2, C5): rows, deletes and checkpoints together, in one round trip and one
 * transaction. Its texts are fixed by the stores of the task: one, and where a store is split by time a second, which leaves
 * its deletes out. A delete locks all partitions of its table, an insert those that its rows go to.
 *
 * `locked` takes the checkpoint rows with `for update` and so reads them as they are *after* waiting for the session that holds
 * them: a zombie that waited behind a claim sees the claim's epoch, not the one from when its statement began. `verdict` is
 * then true only if all epochs and all previous offsets are right; everything else depends on it, so that either nothing moves or
 * all does.
 */
export class ApplyStatement {
  readonly #stores: readonly AnyStore[]
  readonly #whole: ApplyText
  readonly #sparing: ApplyText

  constructor(schema: string, stores: readonly AnyStore[]) {
    this.#stores = stores
    this.#whole = new ApplyText(schema, stores, () => true)
    this.#sparing = stores.some(isSplit) ? new ApplyText(schema, stores, store => !isSplit(store)) : this.#whole
  }

  /** The statement for a delta. */
  of({ application, partition, epoch }: Owner, delta: TaskDelta): Statement {
    const names = new Set([...delta.checkpoints.keys(), ...delta.stores.map(({ store }) => store)])
    const moves = [...delta.checkpoints]
    const changes = new Map(delta.stores.map(one => [one.store, one]))
    const deletes = this.#stores.some(store => isSplit(store) && changes.get(store.name)?.deletes.length)
    const form = deletes ? this.#whole : this.#sparing
    return {
      text: form.text,
      parameters: [
        application,
        partition,
        epoch,
        textsLiteral([...names]),
        textsLiteral(moves.map(([store]) => store)),
        numbersLiteral(moves.map(([, { previous }]) => previous)),
        numbersLiteral(moves.map(([, { next }]) => next)),
        ...this.#stores.flatMap(store => rowArrays(store, changes.get(store.name), form.deletes(store))),
      ],
    }
  }
}

/** One of the statement's two texts. `deletes`: whether it can delete rows of the store. */
class ApplyText {
  readonly text: string
  readonly deletes: (store: AnyStore) => boolean

  constructor(schema: string, stores: readonly AnyStore[], deletes: (store: AnyStore) => boolean) {
    this.deletes = deletes
    const { checkpoints } = bookkeeping(schema)
    let next = 8
    const parts = stores.flatMap((store, index) => {
      const { key, value } = store
      const table = storeTable(schema, store)
      const ctes: string[] = []
      if (deletes(store)) {
        ctes.push(`
      deleted${index} as (
        delete from ${table} t using unnest(${arrays(key.columns, next)}) as w(${aliases(key.columns)})
        where ${sameKey(store, key.columns, '$2::int')} and (select ok from verdict))`)
        next += key.columns.length
      }
      const all = [...key.columns, ...value.columns]
      const put = `${arrays(all, next)}, $${next + all.length}::text::bigint[]`
      next += all.length + 1
      const names = [...all.map(({ name }) => quoted(name)), 'record_timestamp']
      const keys = ['partition', ...key.columns.map(({ name }) => quoted(name))]
      const updates = names.slice(key.columns.length).map(name => `${name} = excluded.${name}`)
      ctes.push(`
      put${index} as (
        insert into ${table} (partition, ${names.join(', ')})
        select $2::int, w.* from unnest(${put}) as w(${names.join(', ')}) where (select ok from verdict)
        on conflict (${keys.join(', ')}) do update set ${updates.join(', ')})`)
      return ctes
    })
    this.text = `
      with given as (
        select * from unnest($5::text::text[], $6::text::bigint[], $7::text::bigint[]) as g(store, previous, next)),
      locked as materialized (
        select c.store, c.epoch, c.changelog_offset from ${checkpoints} c
        where c.application = $1::text and c.partition = $2::int and c.store = any($4::text::text[])
        order by c.store for update),
      verdict as materialized (
        select count(*) = cardinality($4::text::text[])
           and bool_and(l.epoch = $3::bigint and (g.store is null or l.changelog_offset is not distinct from g.previous)) as ok
        from locked l left join given g on g.store = l.store collate "C"),
      moved as (
        update ${checkpoints} c set changelog_offset = g.next, written_at = ${databaseTime} from given g
        where c.application = $1::text and c.partition = $2::int and c.store = g.store collate "C"
          and c.epoch = $3::bigint and (select ok from verdict)),${parts.join(',')}
      select coalesce(ok, false) from verdict`
  }
}

function isSplit({ partitionedBy }: AnyStore): boolean {
  return partitionedBy !== undefined
}

function rowArrays({ key, value }: AnyStore, delta: StoreDelta | undefined, deletable: boolean): readonly string[] {
  const puts = delta?.puts ?? []
  const deletes = delta?.deletes ?? []
  return [
    ...(deletable ? key.columns.map((column, index) => arrayLiteral(column, deletes, parts => parts[index])) : []),
    ...key.columns.map((column, index) => arrayLiteral(column, puts, row => row.key[index])),
    ...value.columns.map((column, index) => arrayLiteral(column, puts, row => row.value[index])),
    numbersLiteral(puts.map(row => row.timestamp)),
  ]
}
