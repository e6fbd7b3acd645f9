import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker, TopicPartition } from '../../../topology/broker/port.ts'
import { FatalError } from '../../../topology/definition/errors.ts'
import { BenchProcess, type Reading } from './bench-process.ts'
import type { Contender } from './contender.ts'
import type { CountRun } from './count-topology.ts'
import type { Workload } from './workload.ts'

/** One run of one contender. */
export interface Measured {
  readonly seconds: number
  readonly recordsPerSecond: number
  /** User and system time of all threads of the process, from its first records to the end. Units: s. */
  readonly cpuSeconds: number
  /** At the end. Units: bytes. */
  readonly rssBytes: number
}

/** The interval between looks at the group's offsets. Units: ms. */
const lookMs = 20
const patienceMs = 600_000

/**
 * Starts a contender on a filled input and waits until it has counted all of it.
 *
 * The time runs from when the process has taken its first records (fetched, none counted yet or a few) to when the last
 * input offset is committed; as this is exactly once, outputs and changelog are committed with it. Joining, opening and creating
 * state come before; the look-up every 20 ms is the same for both.
 *
 * Errors: FatalError when the process fails, or is not done in ten minutes.
 */
export async function measure(
  contender: Contender,
  run: CountRun,
  workload: Workload,
  broker: Broker,
  profileFolder?: string,
): Promise<Measured> {
  const started = new BenchProcess(contender.command(run, profileFolder))
  try {
    const first = await started.first()
    const doneAt = await untilCommitted(started, contender.groupOf(run), run.input, workload, broker)
    return measured(first, await started.end(), doneAt, workload)
  } finally {
    await started.kill()
  }
}

function measured(first: Reading, end: Reading, doneAt: number, { records }: Workload): Measured {
  const seconds = (doneAt - first.at) / 1_000
  return {
    seconds,
    recordsPerSecond: Math.round(records / seconds),
    cpuSeconds: (end.cpuMs - first.cpuMs) / 1_000,
    rssBytes: end.rssBytes,
  }
}

/** Resolves with the time when the group has committed as many records of the topic as the workload has. Errors: as `measure`. */
export async function untilCommitted(
  started: BenchProcess,
  group: string,
  topic: string,
  { records, partitions }: Workload,
  broker: Broker,
): Promise<number> {
  const at: TopicPartition[] = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const until = Date.now() + patienceMs
  while (Date.now() < until) {
    const offsets = await broker.admin.committedOffsets(group, at)
    if (offsets.reduce((sum, offset) => sum + (offset?.offset ?? 0), 0) >= records) return Date.now()
    // An ended process has no more to commit: its own error is thrown.
    if (!started.running) await started.end()
    await sleep(lookMs)
  }
  throw new FatalError('INTERNAL', `${started.name} did not count ${records} records within ${patienceMs / 1_000} s`)
}
