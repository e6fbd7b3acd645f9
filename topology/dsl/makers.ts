import type { StreamStage, TableStage } from './stage.ts'
import type { GroupedStream } from './streams/grouped-stream.ts'
import type { Stream } from './streams/stream.ts'
import type { GroupedTable } from './tables/grouped-table.ts'
import type { Table } from './tables/table.ts'
import type { WindowedStage } from './windows/windowed-stage.ts'
import type { WindowedTable } from './windows/windowed-table.ts'

/**
 * Makes the streams and tables that the methods of others return. They reach every method through the plan, so that the
 * file of a stream need not load the file of a table, nor the other way round.
 */
export interface Makers {
  stream<K, V>(stage: StreamStage<K, V>): Stream<K, V>
  table<K, V>(stage: TableStage<K, V>): Table<K, V>
  groupedStream<K, V>(...parameters: ConstructorParameters<typeof GroupedStream<K, V>>): GroupedStream<K, V>
  groupedTable<K, V>(...parameters: ConstructorParameters<typeof GroupedTable<K, V>>): GroupedTable<K, V>
  windowedTable<K, A, T extends null>(stage: WindowedStage<K, A, T>): WindowedTable<K, A, T>
}
