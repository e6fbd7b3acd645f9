import type { SkipReason, TaskId } from '../definition/definition.ts'

/**
 * The counts and times of the engine, for prom-client, OpenTelemetry or a test. Every method may be left out.
 * Units: `ms`, bytes, records.
 */
export interface Metrics {
  processed?(task: TaskId, records: number): void
  committed?(task: TaskId, ms: number, records: number, bytes: number): void
  /** The time from the timestamp of a commit's last record until Kafka acknowledged it: event time against the clock. */
  latency?(task: TaskId, ms: number): void
  applied?(task: TaskId, ms: number, rows: number): void
  restored?(task: TaskId, store: string, records: number, bytes: number): void
  deadLettered?(task: TaskId, topic: string, stage: string): void
  skipped?(task: TaskId, node: string, reason: SkipReason): void
  reopened?(task: TaskId, code: string): void
}
