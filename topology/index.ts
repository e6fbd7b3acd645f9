/**
 * The public names of millrace, listed by hand in the order of a record's path.
 */

export type { RunOptions, StreamsApp } from '../ops/run.ts'
// Running it.
export { run } from '../ops/run.ts'
export { avro, avroOf } from '../schemas/avro/avro.ts'
export { json } from '../schemas/json.ts'
// Serdes: how keys and values are written, and what their types are.
export {
  boolean,
  bytes,
  decimal,
  float64,
  int32,
  int64,
  nullable,
  string,
  timestampMs,
  uuid,
} from '../schemas/serdes.ts'
export type { FailurePolicy, TopologyDefinition } from './definition/definition.ts'
export type { Duration } from './definition/duration.ts'
export type { ErrorCode } from './definition/errors.ts'
// Errors.
export {
  errorCodes,
  MillraceError,
  ProcessorError,
  RetriableError,
  SerdeError,
  TopologyError,
} from './definition/errors.ts'
export type { Processor, ProcessorContext } from './definition/processor.ts'
// Processors and topologies.
export { processor } from './definition/processor.ts'
export type { Header, StreamRecord } from './definition/record.ts'
export type { AvroSchema, Serde, TypeOf } from './definition/serde.ts'
// State stores.
export type { Entry, KeyValueStore, ReadOnlyStore } from './definition/store.ts'
export type { RecordOf, Topic, TopicOptions } from './definition/topic.ts'
// Topics and records.
export { topic } from './definition/topic.ts'
export { topology } from './definition/topology.ts'
export type { Log } from './runtime/log.ts'
export type { Metrics } from './runtime/metrics.ts'
export type { TaskStatus } from './runtime/task.ts'
