// biome-ignore-all assist/source/organizeImports: the order is that of a record's path
/**
 * The public names of millrace, listed by hand in the order of a record's path.
 */

// Serdes: the wire forms of keys and values, and their types.
export {
  boolean,
  bytes,
  decimal,
  float64,
  int32,
  int64,
  string,
  timestampMs,
  uuid,
} from './definition/serdes/primitives.ts'
export { serdeOf } from './definition/serdes/serde-codec.ts'
export type { WireForm } from './definition/serdes/serde-codec.ts'
export { nullable } from './definition/serdes/nullable.ts'
export { json, jsonColumn } from '../schemas/json.ts'
export { avro, avroOf } from '../schemas/avro/avro.ts'
export type { InferAvro } from '../schemas/avro/infer.ts'
export { pickFields } from '../schemas/avro/record-fields.ts'
export { fitsPrecision, formatDecimal, parseDecimal } from './definition/serdes/decimal.ts'
export type { AvroSchema, Codec, SchemaRegistry, Serde, SerdeBinding, SqlType, TypeOf } from './definition/serde.ts'

// Topics and records.
export { topic } from './definition/topic.ts'
export { subjectOf } from './definition/naming.ts'
export type { AnyTopic, RecordOf, TimestampExtractor, Topic, TopicOptions } from './definition/topic.ts'
export { chain, together } from './definition/record.ts'
export type { Awaitable, FlowRecord, Header, StreamRecord } from './definition/record.ts'
export type { Duration } from './definition/duration.ts'
export type { Clock } from './definition/clock.ts'

// State stores.
export { columns, store } from '../store/definitions.ts'
export { columnsOf } from '../store/derived-columns.ts'
export { inColumns } from '../store/table-store.ts'
export { tuple } from './definition/stores/layout.ts'
export type { RowFormat } from './definition/stores/layout.ts'
export type { ColumnsOf } from '../store/derived-columns.ts'
export type { AnyStore, Entry, KeyValueStore, ReadOnlyStore } from './definition/store.ts'
export type { SessionStore } from './definition/stores/session.ts'
export type { Version, VersionedStore } from './definition/stores/versioned.ts'
export type { WindowStore } from './definition/stores/window.ts'

// Streams and tables.
export { topology } from './dsl/topology.ts'
export type { TopologyScope } from './dsl/topology.ts'
export { hopping, session, sliding, tumbling } from './dsl/windows/windows.ts'
export { windowed } from './dsl/windows/windowed.ts'
export type { Windowed } from './dsl/windows/windowed.ts'
export type { OperatorOptions } from './dsl/operator.ts'
export type { Partitioner } from './dsl/functions.ts'
export type { TransformOptions } from './dsl/tables/transform-values.ts'
export type { Stream } from './dsl/streams/stream.ts'
export type { Table } from './dsl/tables/table.ts'
export type { TableWithoutSerde } from './dsl/tables/table-without-serde.ts'
export type { WindowedTable } from './dsl/windows/windowed-table.ts'
export type { GlobalTable } from './dsl/tables/global-table.ts'
export type { GroupedStream } from './dsl/streams/grouped-stream.ts'
export type { GroupedTable } from './dsl/tables/grouped-table.ts'
export type { CogroupedStream } from './dsl/streams/cogrouped-stream.ts'
export type { SessionWindowedStream, WindowedStream } from './dsl/windows/windowed-stream.ts'
export type { SessionWindowedCogroup, WindowedCogroup } from './dsl/windows/windowed-cogroup.ts'
export type { SessionWindows, SlidingWindows, TimeWindows } from './dsl/windows/windows.ts'

// Processors.
export { processor } from './definition/processor.ts'
export type { Processor, ProcessorContext } from './definition/processor.ts'
export type { FailurePolicy, NodeContext, NodeProcessor, TopologyDefinition } from './definition/definition.ts'

// Describing and comparing topologies.
export { buildGraph, problemsOf } from './definition/graph.ts'
export type { TopologyGraph } from './definition/graph.ts'
export { sameTopology, topologyDifferences } from './definition/equality.ts'
export { diffText, topologyDiff } from './definition/diff/diff.ts'
export { parseSnapshot, snapshotOf } from './definition/snapshot.ts'
export { describeMermaid } from './definition/describe/mermaid.ts'
export { describeSvg } from './definition/describe/svg.ts'
export { describeText } from './definition/describe/text.ts'

// Running and testing it: the engine is loaded with the first call.
export { loadTopology, openProducer, run, simulate, testDriver } from './app/on-demand.ts'
export { defineConfig } from './app/project.ts'
export type { ProjectCommand, ProjectConfig } from './app/project.ts'
export type { RunningTopology, RunOptions, StreamsApp } from './app/run.ts'
export type { AppState } from './app/app-state.ts'
export type { StoreView } from './app/store-view.ts'
export type { SendOptions, SentTo } from './app/record-sender.ts'
export type { Producer, ProducerOptions } from './app/producer.ts'
export { openTelemetryMetrics } from './app/telemetry.ts'
export type { TelemetryMeter } from './app/telemetry.ts'
export type { Connections } from './app/connections.ts'
export type { KafkaAddress, RegistryAddress, SaslCredentials, TlsFiles } from './app/server-address.ts'
export type { TaskStatus } from './runtime/task-status.ts'
export type { EngineSettings } from './runtime/task-environment.ts'
export type { Metrics } from './runtime/metrics.ts'
export type { Log } from './runtime/log.ts'

// Errors.
export {
  errorCodes,
  FatalError,
  MillraceError,
  ProcessorError,
  RetriableError,
  SerdeError,
  TopologyError,
} from './definition/errors.ts'
export type { ErrorCode } from './definition/errors.ts'

// Messages for every problem of a file or a request.
export { fieldProblem, problemText } from './definition/issue-words.ts'
export type { FieldProblem } from './definition/issue-words.ts'
