import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Awaitable, chain, type FlowRecord } from '../../definition/record.ts'
import type { TaskTable } from '../../definition/store.ts'
import type { OldValues } from '../stage.ts'
import type { Updates } from '../streams/key-value-aggregate.ts'
import { HeldUpdates } from '../suppression/held-updates.ts'

/** The node that waits for the close of a table's windows, if any; decided by what is declared after it. */
export interface Closing {
  node: string | undefined
}

/** The requirements on the results of a windowed aggregation. */
export interface ResultOptions {
  readonly old: OldValues
  readonly updates: Updates
  readonly closing: Closing
}

/** Hands the updates of a windowed aggregation on: each, or the last of a window in each commit. */
export class WindowResults {
  readonly options: ResultOptions
  readonly #context: NodeContext
  readonly #outlet: string | undefined
  readonly #held: HeldUpdates | undefined

  constructor(
    context: NodeContext,
    table: TaskTable<unknown, unknown>,
    options: ResultOptions,
    outlet: string | undefined,
  ) {
    this.options = options
    this.#context = context
    this.#outlet = outlet
    this.#held = options.updates === 'per-commit' ? new HeldUpdates(table, held => this.#handOn(held)) : undefined
  }

  /** Hands on that a window has a new aggregate; null means that it has none any more. */
  updated(record: FlowRecord, key: unknown, before: unknown, after: unknown, timestamp: number): Awaitable<void> {
    if (this.#held) return this.#held.hold(key, before, timestamp, record.headers)
    const value = { newValue: after, oldValue: this.options.old.wanted ? before : null, latest: true }
    return this.#handOn({ key, value, timestamp, headers: record.headers })
  }

  /** Takes away a window without telling anybody but the node that would hand it on when it closes. */
  goneUnseen(record: FlowRecord, key: unknown, before: unknown, timestamp: number): Awaitable<void> {
    const { node } = this.options.closing
    if (node === undefined) return
    const value = { newValue: null, oldValue: before, latest: true }
    return this.#context.forward({ key, value, timestamp, headers: record.headers }, node)
  }

  /** Hands a record to all children, or to those for results where there is a child for late records. */
  #handOn(record: FlowRecord): Awaitable<void> {
    const { node } = this.options.closing
    const handed = this.#context.forward(record, this.#outlet)
    if (this.#outlet === undefined || node === undefined) return handed
    return chain(handed, () => this.#context.forward(record, node))
  }

  /** The `flush` of the operator's node, where updates are held. */
  flushing(): Pick<NodeProcessor, 'flush'> {
    const held = this.#held
    return held ? { flush: () => held.flush() } : {}
  }
}
