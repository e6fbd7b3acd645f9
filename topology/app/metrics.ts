import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { SkipReason, TaskId } from '../definition/definition.ts'
import { type ErrorCode, TopologyError } from '../definition/errors.ts'
import type { TopologyGraph } from '../definition/graph.ts'
import { chooseProcessors } from '../definition/processor-choice.ts'
import { failureScopes } from '../runtime/failure-scope.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { TaskStatus } from '../runtime/task-status.ts'
import type { WorkerStatus } from './worker-run.ts'

/** The values of one thread's metrics: plain data, so that they travel between threads. */
export type MetricValues = readonly object[]

/** The engine's counters and histograms of one thread, by sub-topology. */
export interface EngineMetrics extends Metrics {
  values(): Promise<MetricValues>
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** The things that are counted, by which every series is there from the start. */
export interface Measured {
  readonly graph: TopologyGraph
  /** Sub-topologies, by name; empty: all. */
  readonly processors?: readonly string[]
  /** See `ProjectConfig`. */
  readonly decisions?: Readonly<Record<string, string>>
  /** See `ProjectConfig`. */
  readonly reconciliations?: Readonly<Record<string, FailedRows>>
}

/** A column of a store that says why its rows are failures, and the reasons that there are. */
export interface FailedRows {
  readonly column: string
  readonly reasons: readonly string[]
}

/** Counts and times what the engine of this thread does. Runbook: `ops/runbooks/metrics.md`. */
export function engineMetrics({
  graph,
  processors = [],
  decisions = {},
  reconciliations = {},
}: Measured): EngineMetrics {
  const registry = new Registry()
  const counter = <const L extends string>(name: string, help: string, ...labels: readonly L[]) =>
    new Counter({ name, help, labelNames: ['subtopology', ...labels], registers: [registry] })
  const histogram = <const L extends string>(name: string, help: string, ...labels: readonly L[]) =>
    new Histogram({ name, help, labelNames: ['subtopology', ...labels], buckets: seconds, registers: [registry] })

  const processed = counter('millrace_records_processed_total', 'Input records processed and committed')
  const consumed = counter(
    'millrace_records_consumed_total',
    'Input records processed and committed, by topic',
    'topic',
  )
  const written = counter('millrace_records_written_total', 'Output and dead-letter records committed')
  const rows = counter('millrace_rows_applied_total', 'Changelog records applied to Postgres')
  const restored = counter('millrace_records_restored_total', 'Changelog records restored', 'store')
  const read = counter('millrace_store_reads_total', 'Gets and scans of a store, by what answered', 'store', 'source')
  const prefetched = counter('millrace_store_prefetched_total', 'Keys that Postgres was asked for ahead', 'store')
  const letters = counter('millrace_dead_letters_total', 'Records dead-lettered', 'topic', 'stage')
  const skipped = counter('millrace_records_skipped_total', 'Records left out by an operator', 'node', 'reason')
  const retried = counter('millrace_record_retries_total', 'Attempts again at committed records', 'node')
  const punctuated = counter('millrace_punctuations_total', 'Punctuators that have run', 'node')
  const stuck = counter('millrace_stuck_total', 'Times that a task was found stuck', 'reason')
  const reopened = counter('millrace_tasks_reopened_total', 'Attempts to open a task again, by error code', 'code')
  const parked = counter('millrace_tasks_parked_total', 'Times that a task was set apart, by error code', 'code')
  const misplaced = counter(
    'millrace_records_misplaced_total',
    'Records read from a partition that their key does not belong to',
    'topic',
  )
  const commit = histogram('millrace_commit_seconds', 'From the begin of a Kafka transaction to its acknowledgement')
  const latency = histogram('millrace_record_latency_seconds', "From a record's timestamp to its commit, once a commit")
  const apply = histogram('millrace_apply_seconds', 'From the Kafka acknowledgement until Postgres has the rows')
  const decided = histogram('millrace_decision_latency_seconds', "From a decision's time to its commit", 'outcome')
  const reconciled = histogram('millrace_reconciliation_seconds', 'Time that the reconciliation of a record took')
  const unreconciled = counter(
    'millrace_reconciliation_failures_total',
    'Records that could not be reconciled, by reason',
    'reason',
  )
  const failedIn = new Map<string, { readonly column: number; readonly subtopology: string }>()

  // An alert on the first dead letter sees a counter go from 0 to 1, never from nothing to 1.
  for (const { name: subtopology, inputs, nodes, stores } of chooseProcessors(graph, processors)) {
    for (const one of [processed, written, rows]) one.inc({ subtopology }, 0)
    for (const one of [commit, latency, apply]) one.zero({ subtopology })
    for (const topic of inputs) {
      consumed.inc({ subtopology, topic }, 0)
      misplaced.inc({ subtopology, topic }, 0)
      for (const stage of stages) letters.inc({ subtopology, topic, stage }, 0)
    }
    for (const { name: store, value } of stores) {
      restored.inc({ subtopology, store }, 0)
      prefetched.inc({ subtopology, store }, 0)
      for (const source of ['memory', 'postgres']) read.inc({ subtopology, store, source }, 0)
      const failed = reconciliations[store]
      if (failed === undefined) continue
      failedIn.set(store, { column: columnIndex(store, value.columns, failed.column), subtopology })
      reconciled.zero({ subtopology })
      for (const reason of [...failed.reasons, deadLettered]) unreconciled.inc({ subtopology, reason }, 0)
    }
    for (const reason of ['record', 'task']) stuck.inc({ subtopology, reason }, 0)
    for (const code of reopenCodes) reopened.inc({ subtopology, code }, 0)
    for (const code of parkCodes) parked.inc({ subtopology, code }, 0)
    retried.inc({ subtopology, node: subtopology }, 0)
    for (const { name: node, kind } of nodes) {
      retried.inc({ subtopology, node }, 0)
      if (kind !== 'process') continue
      punctuated.inc({ subtopology, node }, 0)
      for (const reason of skipReasons) skipped.inc({ subtopology, node, reason }, 0)
    }
    const sinks = new Set(nodes.map(node => (node.kind === 'sink' ? node.topic : undefined)))
    for (const [topic, outcome] of Object.entries(decisions))
      if (sinks.has(topic)) decided.zero({ subtopology, outcome })
  }
  const outcomes = new Map(Object.entries(decisions))
  const reconciling = new Set([...failedIn.values()].map(({ subtopology }) => subtopology))

  return {
    processed: ({ subtopology }, records) => processed.inc({ subtopology }, records),
    consumed: ({ subtopology }, topic, records) => consumed.inc({ subtopology, topic }, records),
    wrote({ subtopology }, records, at) {
      if (outcomes.size === 0) return
      for (const { topic, timestamp } of records) {
        const outcome = outcomes.get(topic)
        if (outcome !== undefined) decided.observe({ subtopology, outcome }, Math.max(0, at - timestamp) / 1_000)
      }
    },
    committed({ subtopology }, ms, records) {
      commit.observe({ subtopology }, ms / 1_000)
      written.inc({ subtopology }, records)
    },
    latency: ({ subtopology }, ms) => latency.observe({ subtopology }, Math.max(0, ms) / 1_000),
    applied({ subtopology }, ms, count) {
      apply.observe({ subtopology }, ms / 1_000)
      rows.inc({ subtopology }, count)
    },
    restored: ({ subtopology }, store, records) => restored.inc({ subtopology, store }, records),
    read({ subtopology }, store, reads) {
      read.inc({ subtopology, store, source: 'memory' }, reads.memory)
      read.inc({ subtopology, store, source: 'postgres' }, reads.postgres)
      prefetched.inc({ subtopology, store }, reads.prefetched)
    },
    ...(reconciling.size > 0 && {
      took({ subtopology }: TaskId, times: readonly number[]) {
        if (!reconciling.has(subtopology)) return
        for (const ms of times) reconciled.observe({ subtopology }, ms / 1_000)
      },
      stored({ subtopology }: TaskId, store: string, rows: readonly { readonly value: readonly unknown[] }[]) {
        const failed = failedIn.get(store)
        if (failed === undefined) return
        for (const { value } of rows) unreconciled.inc({ subtopology, reason: String(value[failed.column]) })
      },
    }),
    deadLettered({ subtopology }, topic, stage) {
      letters.inc({ subtopology, topic, stage })
      if (reconciling.has(subtopology)) unreconciled.inc({ subtopology, reason: deadLettered })
    },
    skipped: ({ subtopology }, node, reason) => skipped.inc({ subtopology, node, reason }),
    retried: ({ subtopology }, node, attempts) => retried.inc({ subtopology, node }, attempts),
    punctuated: ({ subtopology }, node) => punctuated.inc({ subtopology, node }),
    stuck: ({ subtopology }, reason) => stuck.inc({ subtopology, reason }),
    parked: ({ subtopology }, code) => parked.inc({ subtopology, code }),
    reopened: ({ subtopology }, code) => reopened.inc({ subtopology, code }),
    misplaced: ({ subtopology }, topic) => misplaced.inc({ subtopology, topic }),
    values: () => registry.getMetricsAsJSON(),
  }
}

/** The reason of a record that became a dead letter instead of being reconciled. */
const deadLettered = 'DEAD_LETTER'
const stages = ['decode', 'process', 'produce'] as const
const skipReasons: readonly SkipReason[] = ['null-key', 'null-value', 'late', 'expired', 'negative-time']
/** Errors: TopologyError CONFIG_INVALID, with the columns that there are. */
function columnIndex(store: string, columns: readonly { readonly name: string }[], wanted: string): number {
  const index = columns.findIndex(({ name }) => name === wanted)
  if (index >= 0) return index
  const names = columns.map(({ name }) => name).join(', ')
  throw new TopologyError(
    'CONFIG_INVALID',
    `store '${store}' has no column '${wanted}' (it has ${names}): name one of them in reconciliations of millrace.config.ts`,
  )
}

/** The codes for which a task is opened again. */
const reopenCodes: readonly ErrorCode[] = [
  'BROKER_UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'FENCED',
  'GENERATION_ENDED',
  'COMMIT_UNKNOWN',
  'STORE_MOVED',
  'REGISTRY_UNAVAILABLE',
  'TASK_CORRUPTED',
]

/** The codes for which a task is parked. */
const parkCodes = Object.entries(failureScopes).flatMap(([code, scope]) => (scope === 'task' ? code : []))

/** The metrics of the process and of Node that prom-client knows: `process_*` and `nodejs_*`. */
export function processMetrics(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

/** Metrics that are told to two receivers. */
export function together(one: Metrics, other: Metrics): Metrics {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof Metrics)[]
  const both = names.map(name => [
    name,
    (...facts: readonly unknown[]) => {
      for (const each of [one, other])
        (each[name] as ((...facts: readonly unknown[]) => void) | undefined)?.call(each, ...facts)
    },
  ])
  return Object.fromEntries(both)
}

/** Metrics of several threads as those of one: counters and histograms are added up. */
export async function sumOf(threads: readonly MetricValues[]): Promise<MetricValues> {
  return AggregatorRegistry.aggregate([...threads] as object[]).getMetricsAsJSON()
}

const states: readonly TaskStatus['state'][] = [
  'created',
  'fenced',
  'restoring',
  'running',
  'suspended',
  'closed',
  'parked',
]

/** A worker's metrics in Prometheus' text format: the counts of its threads, and gauges of the current state of its tasks. */
export async function metricsText(threads: readonly MetricValues[], status: WorkerStatus): Promise<string> {
  const registry = new Registry()
  const gauge = (name: string, help: string, labelNames: readonly string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const state = gauge('millrace_task_state', '1 for the state that the task is in', ['task', 'state'])
  const lag = gauge('millrace_task_lag_records', 'Input records that the task has not processed', ['task'])
  const unapplied = gauge('millrace_task_unapplied_commits', 'Commits that Postgres has not applied yet', ['task'])
  const outage = gauge('millrace_task_waiting', '1 while the task waits for a part that is away', ['task'])
  const stuck = gauge('millrace_task_stuck', '1 while a record takes too long, or the task does not come on', ['task'])
  const parked = gauge('millrace_task_parked', '1 while the task is set apart, since it cannot go on', ['task'])
  const expected = gauge('millrace_task_expected', '1 for each task that somebody should run', ['task'])
  const remaining = gauge('millrace_restore_remaining_records', 'Changelog offsets that a restore has left', [
    'task',
    'store',
  ])
  const buffered = gauge('millrace_task_buffered_bytes', 'Work that Postgres does not have yet', ['task'])
  const cap = gauge('millrace_task_buffer_cap_bytes', 'Above it the inputs pause', ['task'])
  const cached = gauge('millrace_task_cache_bytes', 'State in memory that Postgres has too', ['task'])
  const cacheCap = gauge('millrace_task_cache_cap_bytes', 'Above it rows leave memory', ['task'])
  const unread = gauge('millrace_input_partitions_unread', 'Partitions of an input that nobody reads', [
    'subtopology',
    'topic',
  ])
  const waiting = gauge('millrace_worker_waiting', 'Groups and servers that the worker as a whole waits for', [])
  for (const { task, ...now } of status.tasks) {
    for (const one of states) state.set({ task, state: one }, now.state === one ? 1 : 0)
    if (now.lag !== undefined) lag.set({ task }, now.lag)
    unapplied.set({ task }, now.unapplied)
    if (now.restoring) remaining.set({ task, store: now.restoring.store }, now.restoring.remaining)
    if (now.buffered) {
      buffered.set({ task }, now.buffered.bytes)
      cap.set({ task }, now.buffered.capBytes)
    }
    if (now.cached) {
      cached.set({ task }, now.cached.bytes)
      cacheCap.set({ task }, now.cached.capBytes)
    }
    outage.set({ task }, now.outage === undefined ? 0 : 1)
    stuck.set({ task }, now.stuck === undefined ? 0 : 1)
    parked.set({ task }, now.parked === undefined ? 0 : 1)
  }
  for (const { subtopology, topic, from, to } of status.unread ?? []) unread.set({ subtopology, topic }, to - from + 1)
  for (const task of status.expected) expected.set({ task }, 1)
  waiting.set(status.waiting.length)
  const counted = AggregatorRegistry.aggregate([...threads] as object[])
  return `${await counted.metrics()}\n${await registry.metrics()}`
}
