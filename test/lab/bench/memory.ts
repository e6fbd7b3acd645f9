import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { connectParts } from '../../../topology/app/connections.ts'
import { changelogTopic } from '../../../topology/definition/naming.ts'
import { BenchProcess, type Reading } from './bench-process.ts'
import type { CountRun } from './count-topology.ts'
import { untilCommitted } from './measure.ts'
import { millrace } from './millrace.ts'
import { type Workload, writeInput } from './workload.ts'

/** The options of a memory bench. */
export interface MemoryBenchOptions {
  readonly kafka: string
  readonly postgres: string
  /** Of the input that is written again and again; the worker is never without records for long. */
  readonly workload: Workload
  readonly rounds: number
}

/** Memory of the worker over time, and its means. Units: bytes. */
export interface MemoryResult {
  readonly samples: readonly Reading[]
  /** Mean of the second and of the last quarter of the samples: flat memory has them close together. */
  readonly early: { readonly rssBytes: number; readonly heapBytes: number }
  readonly late: { readonly rssBytes: number; readonly heapBytes: number }
}

const everyMs = 500

/** Counts round after round, every update emitted, and records the worker's memory twice a second. */
export async function memoryBench(options: MemoryBenchOptions): Promise<MemoryResult> {
  const { kafka, postgres: url, workload, rounds } = options
  const contender = await millrace()
  const parts = await connectParts({ kafka })
  const { broker } = parts
  const application = `bench_${Date.now().toString(36)}`
  const [input, output] = [`${application}_input`, `${application}_out`]
  const run: CountRun = { application, input, output, variant: 'every-update', kafka, postgres: url }
  let started: BenchProcess | undefined
  try {
    await broker.admin.createTopics([{ name: output, partitions: workload.partitions, config: {} }])
    await writeInput(broker, input, workload)
    started = new BenchProcess(contender.command({ ...run, memoryEveryMs: everyMs }))
    for (let round = 1; round <= rounds; round++) {
      const behind = { ...workload, records: workload.records * round }
      const reached = untilCommitted(started, contender.groupOf(run), input, behind, broker)
      // The next round is on its way while this one is counted.
      await Promise.all([reached, round < rounds ? writeInput(broker, input, workload) : sleep(0)])
    }
    await started.end()
    return summed(started.memory)
  } finally {
    await started?.kill()
    await broker.admin.deleteTopics([input, output, changelogTopic(application, 'counts')]).catch(() => {})
    await parts.close()
    await contender.close()
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    await sql`drop schema if exists ${sql(application)} cascade`.finally(() => sql.end())
  }
}

/** The samples with their early and late means. */
export function summed(samples: readonly Reading[]): MemoryResult {
  const quarter = Math.floor(samples.length / 4)
  return {
    samples,
    early: mean(samples.slice(quarter, quarter * 2)),
    late: mean(samples.slice(samples.length - quarter)),
  }
}

function mean(samples: readonly Reading[]): { readonly rssBytes: number; readonly heapBytes: number } {
  const of = (bytes: (sample: Reading) => number) =>
    Math.round(samples.reduce((sum, sample) => sum + bytes(sample), 0) / samples.length)
  return { rssBytes: of(sample => sample.rssBytes), heapBytes: of(sample => sample.heapBytes ?? 0) }
}
