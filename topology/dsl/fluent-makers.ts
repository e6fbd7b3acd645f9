import type { Makers } from './makers.ts'
import { GroupedStream } from './streams/grouped-stream.ts'
import { Stream } from './streams/stream.ts'
import { GroupedTable } from './tables/grouped-table.ts'
import { Table } from './tables/table.ts'
import { WindowedTable } from './windows/windowed-table.ts'

/** The streams and tables of the library, brought together in this one file. */
export const fluentMakers: Makers = {
  stream: stage => new Stream(stage),
  table: stage => new Table(stage),
  groupedStream: (...parameters) => new GroupedStream(...parameters),
  groupedTable: (...parameters) => new GroupedTable(...parameters),
  windowedTable: stage => new WindowedTable(stage),
}
