import type { NodeContext, NodeProcessor } from '../definition.ts'
import type { Awaitable, FlowRecord } from '../record.ts'
import type { RowLayout, TaskTable } from '../store.ts'
import { HeldUpdates } from './held-updates.ts'
import type { Updates } from './key-value-aggregate.ts'
import type { OldValues } from './stage.ts'

/** How a windowed aggregation hands its updates on: each, or the last of a window in each commit. */
export class WindowResults {
  readonly options: { readonly old: OldValues; readonly updates: Updates }
  readonly #context: NodeContext
  readonly #outlet: string | undefined
  readonly #held: HeldUpdates | undefined

  constructor(
    context: NodeContext,
    table: TaskTable<unknown, unknown>,
    layout: RowLayout<unknown>,
    options: WindowResults['options'],
    outlet: string | undefined,
  ) {
    this.options = options
    this.#context = context
    this.#outlet = outlet
    this.#held = options.updates === 'per-commit' ? new HeldUpdates(context, table, layout, outlet) : undefined
  }

  /** A window has a new aggregate; null for none any more. */
  updated(record: FlowRecord, key: unknown, before: unknown, after: unknown, timestamp: number): Awaitable<void> {
    if (this.#held) return this.#held.hold({ ...record, key }, before, timestamp)
    const value = { newValue: after, oldValue: this.options.old.wanted ? before : null, latest: true }
    return this.#context.forward({ key, value, timestamp, headers: record.headers }, this.#outlet)
  }

  /** The `flush` of the operator's node, where updates are held. */
  flushing(): Pick<NodeProcessor, 'flush'> {
    const held = this.#held
    return held ? { flush: () => held.flush() } : {}
  }
}
