import type { Clock } from '../../topology/definition/clock.ts'
import type { TaskId } from '../../topology/definition/definition.ts'
import { PostgresClient } from './client.ts'
import { KnownServer } from './session.ts'
import { TableStatistics } from './table-statistics.ts'

/** The options of the clients. */
interface ClientsOptions {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  readonly schema: string
  readonly clock: Pick<Clock, 'after'>
  /** Units: ms. */
  readonly requestTimeoutMs: number
  /** Connections that write for one sub-topology. */
  readonly writers: number
  /** Connections for reads. */
  readonly readers: number
}

/**
 * The connections that the tasks of one worker thread share, each opened when it is first used.
 *
 * Writes of a task go one after another over one connection. A sub-topology has its own ones, among which its tasks are spread by
 * partition: a lock on the table of one store delays no task of another sub-topology. Which connection a write takes plays no part in
 * fencing: an apply is refused by the epoch and offset in its statement (C5).
 */
export class Clients {
  readonly schema: string
  readonly statistics: TableStatistics
  readonly #options: ClientsOptions
  readonly #server = new KnownServer()
  readonly #writers = new Map<string, PostgresClient>()
  readonly #readers: readonly PostgresClient[]
  readonly #upkeep: PostgresClient
  #reads = 0

  constructor(options: ClientsOptions) {
    this.schema = options.schema
    this.#options = options
    this.#readers = Array.from({ length: options.readers }, () => this.#client(true))
    this.#upkeep = this.#client(false)
    this.statistics = new TableStatistics(this.#upkeep)
  }

  /** The client that writes for a task. */
  writer({ subtopology, partition }: TaskId): PostgresClient {
    const name = `${partition % this.#options.writers} ${subtopology}`
    const known = this.#writers.get(name)
    if (known) return known
    const made = this.#client(false)
    this.#writers.set(name, made)
    return made
  }

  /** A client that reads: they take turns. */
  reader(): PostgresClient {
    return this.#readers[this.#reads++ % this.#readers.length]!
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers.values(), ...this.#readers, this.#upkeep].map(client => client.close()))
  }

  #client(pipelined: boolean): PostgresClient {
    const { url, clock, requestTimeoutMs } = this.#options
    return new PostgresClient({ url, clock, requestTimeoutMs, pipelined, server: this.#server })
  }
}
