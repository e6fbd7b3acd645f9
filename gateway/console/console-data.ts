/** A topology as the console draws it: what never changes while it runs. */
export interface ConsoleTopology {
  readonly name: string
  readonly processors: readonly ConsoleProcessor[]
  readonly topics: readonly ConsoleTopic[]
  readonly stores: readonly ConsoleStore[]
  /** Tables that are copied whole to every worker, each with the topic that fills it. */
  readonly globals: readonly { readonly store: string; readonly topic: string }[]
  /** False: no Kafka is known here, so that only stores can be looked at. */
  readonly kafka: boolean
}

/** A sub-topology: a task of it runs on each partition of its inputs. */
export interface ConsoleProcessor {
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly stores: readonly string[]
  readonly globals: readonly string[]
  /** Names of its operators, in the order of a record's way. Shape: `['flatMap', 'groupBy', 'count']`. */
  readonly operators: readonly string[]
}

/** A topic of the topology. `internal`: a repartition topic of its own. */
export interface ConsoleTopic {
  readonly name: string
  readonly internal: boolean
  /** Names of its serdes. Shape: `'string'`, `'avro:com.acme.Order'`. */
  readonly key: string
  readonly value: string
}

/** A store with its table. */
export interface ConsoleStore {
  readonly name: string
  readonly type: string
  readonly processor: string | null
  /** The table, quoted, and a query of it that can be pasted. */
  readonly table: string
  readonly sql: string
  readonly key: readonly ConsoleColumn[]
  readonly value: readonly ConsoleColumn[]
}

/** A column of a store's table, by its SQL name. */
export interface ConsoleColumn {
  readonly name: string
  readonly type: string
}

/** The state of everything at one moment. Units: ms; rates in records a second. */
export interface Pulse {
  readonly at: number
  /** The reason why something could not be read; the rest is as it was last known. Null: all is read. */
  readonly problem: string | null
  /** By topic. Rates come from offsets, in which the marker of each transaction counts too. */
  readonly topics: Readonly<Record<string, { readonly records: number; readonly rate: number | null }>>
  /** By processor and input topic: `'by-word/lines'`. */
  readonly flows: Readonly<Record<string, { readonly lag: number; readonly rate: number | null }>>
  readonly tasks: readonly ConsoleTask[]
  /** By store. `rows`: counted up to `rowsCounted`; null: not known. `behind`: changelog offsets that the table lacks. */
  readonly stores: Readonly<Record<string, { readonly rows: number | null; readonly behind: number }>>
  /** Open dead letters by source topic. */
  readonly letters: Readonly<Record<string, number>>
}

/** Rows are counted up to this number, and told as "and more" beyond. */
export const rowsCounted = 10_000

/** A task's state: `parked` waits for a server or is stuck; `nobody` has no owner; `unknown` where no Kafka is known. */
export type ConsoleTaskState =
  | 'running'
  | 'lagging'
  | 'restoring'
  | 'rebalancing'
  | 'parked'
  | 'nobody'
  | 'wrong schema'
  | 'unknown'

/** A task with its owner. */
export interface ConsoleTask {
  readonly task: string
  readonly processor: string
  readonly partition: number
  readonly state: ConsoleTaskState
  /** The reason for a state that is not `running`, where one is known. */
  readonly why: string | null
  /** Host, process and thread. Shape: `'host-7 pid 4711 thread 0'`. */
  readonly owner: string | null
  readonly lag: number
  readonly behind: number
  readonly lastCommitAt: number | null
  readonly deadLetters: number
}

/** A page of a store's rows: cells of the key's columns, then of the value's, as JSON has them. */
export interface RowPage {
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly timestamp: number }[]
  /** The key parts after which the next page begins, as text; null: this is the last. */
  readonly next: readonly string[] | null
}

/** The rows that are wanted: those after a key, or those whose leading key columns equal the parts. */
export interface RowQuery {
  readonly after?: readonly string[]
  readonly key?: readonly string[]
}

/** A decoded record. `key` and `value` are JSON texts, so that no digit of a 64-bit number is lost. */
export interface ConsoleRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string
  readonly value: string
  /** Why the value is shown as bytes in base64; null: it was decoded. */
  readonly undecodable: string | null
}

/** Dead letters, the newest first, and how many there are in each state. */
export interface LetterPage {
  readonly letters: readonly Readonly<Record<string, unknown>>[]
  readonly counts: Readonly<Record<string, number>>
}

/** The decision about dead letters. */
export type LetterVerdict = { readonly state: 'retried' } | { readonly state: 'dropped'; readonly reason: string }

/**
 * Everything that the console shows and does, whichever port it is on. One reader serves all viewers, and none is at work while
 * nobody looks. Errors: those of millrace, which the routes answer as problems.
 */
export interface ConsoleData {
  readonly topology: ConsoleTopology
  /** Calls back with the state now and about each second, until the function that it returns is called. */
  watch(onPulse: (pulse: Pulse) => void): () => void
  /** Rows in key order, a page at a time. */
  rows(store: string, query: RowQuery): Promise<RowPage>
  /** Calls back with the last records of a topic and those that come, until the function that it returns is called. */
  tail(topic: string, onRecords: (records: readonly ConsoleRecord[]) => void): () => void
  letters(): Promise<LetterPage>
  /** Sends open letters back, or gives them up. Returns the places of those that were settled. */
  settle(places: readonly string[], verdict: LetterVerdict): Promise<readonly string[]>
  /** Produces a record of JSON texts. Unset: this port produces none. */
  produce?(topic: string, key: string, value: string): Promise<void>
  /** Aborts when the port closes: streams end. */
  readonly closing: AbortSignal
}
