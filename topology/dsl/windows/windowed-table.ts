import type { Duration } from '../../definition/duration.ts'
import type { Serde } from '../../definition/serde.ts'
import type { RowFormat } from '../../definition/stores/layout.ts'
import type { TableStage } from '../stage.ts'
import type { Stream } from '../streams/stream.ts'
import { type SuppressLimit, suppressStores } from '../suppression/suppress.ts'
import { addSuppress } from '../suppression/suppress-nodes.ts'
import { openWindows, windowClose } from '../suppression/window-close.ts'
import { Table } from '../tables/table.ts'
import { timeWindowFormat, type Windowed } from './windowed.ts'
import type { WindowedParts, WindowedStage } from './windowed-stage.ts'

/** An aggregate a key and window. `T` is null where a window can go away again, as a merged session does. */
export class WindowedTable<K, A, T extends null> extends Table<Windowed<K>, A | T> {
  readonly #parts: WindowedParts<K>

  constructor({ stage, parts }: WindowedStage<K, A, T>) {
    super(stage)
    this.#parts = parts
  }

  /** Every update of a window, as a stream. It is the same as `toStream`, under a name that contrasts with `onClose`. */
  onUpdate(): Stream<Windowed<K>, A | T> {
    return this.toStream()
  }

  /**
   * Each window once, when it has closed. Windows that wait are in the store `<name>-open`. `idle` also closes all of them
   * when no record has come for this long by the wall clock; records that come after that are late.
   */
  onClose(options: { readonly idle?: Duration } = {}): Stream<Windowed<K>, A> {
    const { name, key, format, clock, end, keepers, closing } = this.#parts
    const { plan } = this.stage
    const open = openWindows(name, key, format)
    plan.builder.addStore(open)
    const close = plan.process({
      name: `${name}/on-close`,
      operator: 'on-close',
      parents: keepers,
      stores: [open.name, clock.name],
      parameters: { ...end },
      create: windowClose({ ...end, open, clock, idle: options.idle }),
    })
    closing.node = close
    const value = this.stage.value as Serde<A> | undefined
    return plan.makers.stream<Windowed<K>, A>({ plan, node: close, key: this.stage.key, value, rekeyed: false })
  }

  /**
   * Holds the updates of each window back until it has closed, in a store of that name. As `onClose`, for a result that is
   * a table again. Time is that of the updates. `limit` says how many windows may wait before the worker stops.
   */
  suppressUntilClose(options: {
    readonly name: string
    readonly limit?: SuppressLimit & { readonly then: 'stop' }
  }): Table<Windowed<K>, A> {
    const { key, format, end } = this.#parts
    const stores = suppressStores(options.name, timeWindowFormat<unknown>(key) as RowFormat<unknown>, format)
    const forMs = end.afterMs + (end.inclusive ? 1 : 0)
    const rule = { from: 'window', forMs, limit: options.limit } as const
    return new Table(addSuppress(this.stage as TableStage<Windowed<K>, A>, options.name, stores, rule))
  }
}
