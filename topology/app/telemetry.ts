import type { Metrics } from '../runtime/metrics.ts'

/** The part of an OpenTelemetry `Meter` that is used: `metrics.getMeter('millrace')` of `@opentelemetry/api` has it. */
export interface TelemetryMeter {
  createCounter(name: string, options?: TelemetryOptions): { add(value: number, attributes?: Attributes): void }
  createHistogram(name: string, options?: TelemetryOptions): { record(value: number, attributes?: Attributes): void }
}

interface TelemetryOptions {
  readonly description?: string
  readonly unit?: string
}

type Attributes = Record<string, string | number>

/**
 * The engine's counters and times as OpenTelemetry instruments, named as in Prometheus with dots. The package
 * `@opentelemetry/api` is the caller's: millrace does not load it.
 *
 * Shape: `await run(topology, { metrics: openTelemetryMetrics(metrics.getMeter('millrace')) })`.
 */
export function openTelemetryMetrics(
  meter: TelemetryMeter,
): Required<
  Pick<
    Metrics,
    | 'consumed'
    | 'punctuated'
    | 'restored'
    | 'read'
    | 'stuck'
    | 'parked'
    | 'processed'
    | 'committed'
    | 'latency'
    | 'applied'
    | 'deadLettered'
    | 'skipped'
    | 'retried'
    | 'reopened'
    | 'misplaced'
  >
> {
  const counter = (name: string, description: string) => meter.createCounter(`millrace.${name}`, { description })
  const seconds = (name: string, description: string) =>
    meter.createHistogram(`millrace.${name}`, { description, unit: 's' })
  const consumed = counter('records.consumed', 'Input records processed and committed, by topic')
  const punctuations = counter('punctuations', 'Punctuators that have run')
  const restored = counter('records.restored', 'Changelog records read to restore a store')
  const reads = counter('store.reads', 'Gets and scans of a store, by what answered')
  const prefetched = counter('store.prefetched', 'Keys that Postgres was asked for ahead')
  const stuck = counter('stuck', 'Records and tasks that did not come on')
  const parked = counter('tasks.parked', 'Tasks set apart because they cannot go on')
  const processed = counter('records.processed', 'Input records processed and committed')
  const written = counter('records.written', 'Output and dead-letter records committed')
  const rows = counter('rows.applied', 'Changelog records applied to Postgres')
  const letters = counter('dead_letters', 'Records dead-lettered')
  const skips = counter('records.skipped', 'Records left out by an operator')
  const retries = counter('retries', 'Attempts again at a record')
  const reopenings = counter('tasks.reopened', 'Attempts to open a task again')
  const misplacements = counter('records.misplaced', 'Records on a partition that their key does not belong to')
  const commit = seconds('commit', 'From the begin of a Kafka transaction to its acknowledgement')
  const latency = seconds('record.latency', "From a record's timestamp to its commit, once a commit")
  const apply = seconds('apply', 'From the Kafka acknowledgement until Postgres has the rows')
  return {
    consumed: ({ subtopology }, topic, records) => consumed.add(records, { subtopology, topic }),
    punctuated: ({ subtopology }, node) => punctuations.add(1, { subtopology, node }),
    restored: ({ subtopology }, store, records) => restored.add(records, { subtopology, store }),
    read({ subtopology }, store, { memory, postgres, prefetched: ahead }) {
      reads.add(memory, { subtopology, store, source: 'memory' })
      reads.add(postgres, { subtopology, store, source: 'postgres' })
      prefetched.add(ahead, { subtopology, store })
    },
    stuck: ({ subtopology }, reason) => stuck.add(1, { subtopology, reason }),
    parked: ({ subtopology }, code) => parked.add(1, { subtopology, code }),
    processed: ({ subtopology }, records) => processed.add(records, { subtopology }),
    committed({ subtopology }, ms, records) {
      commit.record(ms / 1_000, { subtopology })
      written.add(records, { subtopology })
    },
    latency: ({ subtopology }, ms) => latency.record(Math.max(0, ms) / 1_000, { subtopology }),
    applied({ subtopology }, ms, count) {
      apply.record(ms / 1_000, { subtopology })
      rows.add(count, { subtopology })
    },
    deadLettered: ({ subtopology }, topic, stage, code) => letters.add(1, { subtopology, topic, stage, code }),
    skipped: ({ subtopology }, node, reason) => skips.add(1, { subtopology, node, reason }),
    retried: ({ subtopology }, node, attempts) => retries.add(attempts, { subtopology, node }),
    reopened: ({ subtopology }, code) => reopenings.add(1, { subtopology, code }),
    misplaced: ({ subtopology }, topic) => misplacements.add(1, { subtopology, topic }),
  }
}
