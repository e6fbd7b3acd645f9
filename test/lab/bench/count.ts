import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { connectParts, type Parts } from '../../../topology/app/connections.ts'
import { changelogTopic } from '../../../topology/definition/naming.ts'
import type { Contender, ContenderName } from './contender.ts'
import { type CountRun, type Variant, variants } from './count-topology.ts'
import { kafkaStreams } from './kafka-streams.ts'
import { type Measured, measure } from './measure.ts'
import { millrace } from './millrace.ts'
import { hottest, type ProfileLine } from './profile.ts'
import { verifyOutput, verifyTable } from './verify.ts'
import { type Counts, type Workload, writeInput } from './workload.ts'

/** The options of a count bench. */
export interface CountBenchOptions {
  readonly kafka: string
  readonly postgres: string
  readonly workload: Workload
  readonly pairs: number
  readonly variants?: readonly Variant[]
  /** Runs one contender alone. */
  readonly only?: ContenderName
  /** Runs millrace once more under node's CPU profiler, for each variant. */
  readonly profile?: boolean
  /** Told of each run as it ends. */
  onRun?(variant: Variant, contender: ContenderName, result: VerifiedRun): void
}

/** A run whose counts are right. */
export interface VerifiedRun extends Measured {
  readonly outputs: number
}

/** One run of each contender, one after the other. `ratio`: millrace's rate by that of Kafka Streams. */
export interface Pair {
  readonly runs: Readonly<Partial<Record<ContenderName, VerifiedRun>>>
  readonly ratio: number | undefined
}

/** The pairs of one variant, and a profile where it was asked for. */
export interface VariantResult {
  readonly variant: Variant
  readonly pairs: readonly Pair[]
  readonly profile?: readonly ProfileLine[]
}

interface Bench {
  readonly parts: Parts
  readonly options: CountBenchOptions
  readonly name: string
  readonly input: string
  readonly expected: Counts
  runs: number
}

const profileLines = 10

/**
 * Counts the same input with millrace and with Kafka Streams, in turn: the one that goes first changes from pair to pair.
 * Output, changelog, group and state are new in every run; the input is written once. Every run's counts are verified.
 *
 * Errors: FatalError when a count is wrong or a contender cannot be run.
 */
export async function countBench(options: CountBenchOptions): Promise<readonly VariantResult[]> {
  const contenders: Contender[] = []
  const parts = await connectParts({ kafka: options.kafka, postgres: options.postgres })
  const name = `bench_${Date.now().toString(36)}`
  const input = `${name}_input`
  try {
    if (options.only !== 'kafka-streams') contenders.push(await millrace())
    if (options.only !== 'millrace') contenders.push(await kafkaStreams())
    const expected = await writeInput(parts.broker, input, options.workload)
    const bench: Bench = { parts, options, name, input, expected, runs: 0 }
    const results: VariantResult[] = []
    for (const variant of options.variants ?? variants) results.push(await variantResult(bench, variant, contenders))
    return results
  } finally {
    await parts.broker.admin.deleteTopics([input]).catch(() => {})
    for (const contender of contenders) await contender.close()
    await parts.close()
  }
}

async function variantResult(bench: Bench, variant: Variant, contenders: readonly Contender[]): Promise<VariantResult> {
  const pairs: Pair[] = []
  for (let index = 0; index < bench.options.pairs; index++) {
    const order = index % 2 === 0 ? contenders : contenders.toReversed()
    const runs: Partial<Record<ContenderName, VerifiedRun>> = {}
    for (const contender of order) {
      runs[contender.name] = await verifiedRun(bench, variant, contender)
      bench.options.onRun?.(variant, contender.name, runs[contender.name]!)
    }
    const { millrace: ours, 'kafka-streams': theirs } = runs
    pairs.push({ runs, ratio: ours && theirs && ours.recordsPerSecond / theirs.recordsPerSecond })
  }
  const own = contenders.find(contender => contender.name === 'millrace')
  if (!bench.options.profile || own === undefined) return { variant, pairs }
  return { variant, pairs, profile: await profileOf(bench, variant, own) }
}

async function profileOf(bench: Bench, variant: Variant, contender: Contender): Promise<readonly ProfileLine[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-profile-'))
  try {
    await verifiedRun(bench, variant, contender, folder)
    return await hottest(folder, profileLines)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function verifiedRun(
  bench: Bench,
  variant: Variant,
  contender: Contender,
  profileFolder?: string,
): Promise<VerifiedRun> {
  const { parts, options, input, expected } = bench
  const { broker } = parts
  const application = `${bench.name}_${++bench.runs}`
  const { kafka, workload } = options
  const run: CountRun = { application, input, output: `${application}_out`, variant, kafka, postgres: options.postgres }
  await broker.admin.createTopics([{ name: run.output, partitions: workload.partitions, config: {} }])
  try {
    const result = await measure(contender, run, workload, broker, profileFolder)
    const outputs = await verifyOutput(contender.name, run, workload, expected, broker)
    if (contender.name === 'millrace') await verifyTable(run, expected)
    return { ...result, outputs }
  } finally {
    await broker.admin.deleteTopics([run.output, changelogTopic(application, 'counts')]).catch(() => {})
    await dropSchema(run)
  }
}

async function dropSchema({ application, postgres: url }: CountRun): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`drop schema if exists ${sql(application)} cascade`.finally(() => sql.end())
}
