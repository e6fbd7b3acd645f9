import type { AnyStore } from '../../topology/definition/store.ts'
import type { PostgresClient } from './client.ts'
import { storeTable } from './identifiers.ts'

/** The first analysis is due after this many rows. */
const firstRows = 1_000

interface Growth {
  rows: number
  /** Rows at which the next analysis is due. */
  due: number
}

/**
 * Keeps the planner's statistics of store tables, for readers in SQL, until autovacuum comes by: a table is analysed each time that
 * ten times as many rows were written as before, and after a restore. The stores' own statements do not depend on them.
 *
 * Nothing waits for it, and nothing fails by it: a user who does not own the tables may not analyse them, and autovacuum does it then.
 */
export class TableStatistics {
  readonly #client: Pick<PostgresClient, 'request'>
  readonly #growth = new Map<string, Growth>()
  readonly #running = new Set<string>()

  constructor(client: Pick<PostgresClient, 'request'>) {
    this.#client = client
  }

  /** Rows were written to the store's table. */
  wrote(schema: string, store: AnyStore, rows: number): void {
    const table = storeTable(schema, store)
    const growth = this.#growth.get(table) ?? { rows: 0, due: firstRows }
    growth.rows += rows
    this.#growth.set(table, growth)
    if (growth.rows < growth.due) return
    while (growth.due <= growth.rows) growth.due *= 10
    this.#analyse(table)
  }

  /** The store's rows were restored. */
  restored(schema: string, store: AnyStore): void {
    const table = storeTable(schema, store)
    if (this.#growth.has(table)) this.#analyse(table)
  }

  #analyse(table: string): void {
    if (this.#running.has(table)) return
    this.#running.add(table)
    const done = () => void this.#running.delete(table)
    this.#client.request(`analyze (skip_locked) ${table}`, []).then(done, done)
  }
}
