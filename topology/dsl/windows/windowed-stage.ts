import type { Serde } from '../../definition/serde.ts'
import type { RowFormat } from '../../definition/stores/layout.ts'
import type { ClockStore } from '../clock.ts'
import type { TableStage } from '../stage.ts'
import type { Closing } from './window-results.ts'
import type { Windowed } from './windowed.ts'

/** The time at which a window takes no more records: this long after its end, which may belong to it. Units: ms. */
export interface WindowEnd {
  readonly afterMs: number
  readonly inclusive: boolean
}

/** The parts of a windowed table that its closing needs. */
export interface WindowedParts<K> {
  readonly name: string
  readonly key: Serde<K>
  readonly format: RowFormat<unknown>
  readonly clock: ClockStore
  readonly end: WindowEnd
  /** The nodes that aggregate. */
  readonly keepers: readonly string[]
  readonly closing: Closing
}

/** A windowed table's place in the graph, while it is declared. `T` is null where a window can go away again. */
export interface WindowedStage<K, A, T extends null> {
  readonly stage: TableStage<Windowed<K>, A | T>
  readonly parts: WindowedParts<K>
}
