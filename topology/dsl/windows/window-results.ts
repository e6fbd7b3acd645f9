import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Awaitable, chain, type FlowRecord } from '../../definition/record.ts'
import type { RowLayout, TaskTable } from '../../definition/store.ts'
import type { OldValues } from '../stage.ts'
import type { Updates } from '../streams/key-value-aggregate.ts'
import { HeldUpdates } from '../suppression/held-updates.ts'

/** Who waits for the close of a table's windows; decided by what is declared after it. */
export interface Closing {
  node: string | undefined
}

/** What is asked of the results of a windowed aggregation. */
export interface ResultOptions {
  readonly old: OldValues
  readonly updates: Updates
  readonly closing: Closing
}

/** How a windowed aggregation hands its updates on: each, or the last of a window in each commit. */
export class WindowResults {
  readonly options: ResultOptions
  readonly #context: NodeContext
  readonly #outlet: string | undefined
  readonly #held: HeldUpdates | undefined

  constructor(
    context: NodeContext,
    table: TaskTable<unknown, unknown>,
    layout: RowLayout<unknown>,
    options: ResultOptions,
    outlet: string | undefined,
  ) {
    this.options = options
    this.#context = context
    this.#outlet = outlet
    this.#held =
      options.updates === 'per-commit' ? new HeldUpdates(table, layout, held => this.#handOn(held)) : undefined
  }

  /** A window has a new aggregate; null for none any more. */
  updated(record: FlowRecord, key: unknown, before: unknown, after: unknown, timestamp: number): Awaitable<void> {
    if (this.#held) return this.#held.hold({ ...record, key }, before, timestamp)
    const value = { newValue: after, oldValue: this.options.old.wanted ? before : null, latest: true }
    return this.#handOn({ key, value, timestamp, headers: record.headers })
  }

  /** A window has gone that nobody is told of, save the node that would hand it on when it closes. */
  goneUnseen(record: FlowRecord, key: unknown, before: unknown, timestamp: number): Awaitable<void> {
    const { node } = this.options.closing
    if (node === undefined) return
    const value = { newValue: null, oldValue: before, latest: true }
    return this.#context.forward({ key, value, timestamp, headers: record.headers }, node)
  }

  /** To all children, or to those that are for results where there is one for late records. */
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
