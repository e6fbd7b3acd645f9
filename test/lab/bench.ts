import { cpus } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { startServers } from '../../ops/cluster/choose.ts'
import { createDatabase } from '../../ops/cluster/postgres-embedded.ts'
import { FatalError } from '../../topology/definition/errors.ts'
import { startPipeline } from '../gateway/trading/support/pipeline.ts'
import type { ContenderName } from './bench/contender.ts'
import { controlsBench } from './bench/controls.ts'
import { countBench, type VariantResult } from './bench/count.ts'
import { countTables, spreadOf } from './bench/count-report.ts'
import { type Variant, variants } from './bench/count-topology.ts'
import { type DriverWorkload, driverBench } from './bench/driver.ts'
import {
  allowedLoss,
  type EngineBenchOptions,
  engineBench,
  engineTable,
  lostCases,
  readBaseline,
  saveBaseline,
  usualRounds,
} from './bench/engine/engine-bench.ts'
import { type EngineCase, engineCases } from './bench/engine/engine-case.ts'
import { type GatewayWorkload, gatewayBench } from './bench/gateway.ts'
import { streamsVersion } from './bench/kafka-streams.ts'
import { memoryBench } from './bench/memory.ts'
import { compareNexmark, type NexmarkComparison } from './bench/nexmark/comparison.ts'
import { nexmarkProgram } from './bench/nexmark/java-results.ts'
import { nexmarkQueries } from './bench/nexmark/query.ts'
import { nexmarkHead, nexmarkLine } from './bench/nexmark/report.ts'
import { aloneBench, aloneLine } from './bench/pipeline/alone.ts'
import { type PipelineRun, type PipelineWorkload, pipelineBench } from './bench/pipeline/pipeline.ts'
import { pipelineLines } from './bench/pipeline/pipeline-report.ts'
import { type RestoreWorkload, restoreBench } from './bench/restore.ts'
import { usualWorkload, type Workload } from './bench/workload.ts'

interface MemoryFlags {
  readonly rounds: number
  readonly records: number
  readonly json?: true
}

interface CountFlags {
  readonly pairs: number
  readonly records: number
  readonly keys: number
  readonly partitions: number
  readonly variant?: Variant
  readonly only?: ContenderName
  readonly profile?: true
  readonly json?: true
}

/** `bench`: measures millrace's speed beside Kafka Streams, on the parts that the environment names or on its own. */
export function benchCommand(): Command {
  const command = new Command('bench')
  command
    .command('count')
    .description('count records by key, exactly once, with millrace and with Kafka Streams in turn')
    .option('--pairs <n>', 'runs of each', wholeNumber, 3)
    .option('--records <n>', 'records to count', wholeNumber, usualWorkload.records)
    .option('--keys <n>', 'different keys', wholeNumber, usualWorkload.keys)
    .option('--partitions <n>', 'partitions of the input', wholeNumber, usualWorkload.partitions)
    .addOption(new Option('--variant <name>', 'one variant alone').choices([...variants]))
    .addOption(new Option('--only <name>', 'one contender alone').choices(['millrace', 'kafka-streams']))
    .option('--profile', "profile millrace's worker once a variant")
    .option('--json', 'print the results as JSON')
    .action(count)
  command
    .command('memory')
    .description("millrace's memory over time while it counts round after round")
    .option('--rounds <n>', 'how often the input is written', wholeNumber, 5)
    .option('--records <n>', 'records of a round', wholeNumber, 200_000)
    .option('--json', 'print the samples as JSON')
    .action(memory)
  command
    .command('restore')
    .description('bring a store back from its changelog into an empty Postgres, all partitions at once')
    .option('--keys <n>', 'keys of the store', wholeNumber, 1_000_000)
    .option('--partitions <n>', 'partitions of the changelog', wholeNumber, 4)
    .option('--rounds <n>', 'restores', wholeNumber, 5)
    .option('--json', 'print the results as JSON')
    .action(restore)
  command
    .command('pipeline')
    .description('decide and settle a burst of signals in the trading pipeline')
    .option('--signals <n>', 'signals', wholeNumber, 20_000)
    .addOption(new Option('--processes <n>', 'worker processes').choices(['one', 'five']).default('one'))
    .option('--rows <n>', 'rows that each growing table has before', wholeNumber)
    .option('--rounds <n>', 'how often, each time on empty topics and tables', wholeNumber, 1)
    .option('--audit', 'check every decision and the books afterwards')
    .option('--profile <folder>', 'keep CPU profiles of the workers')
    .option('--alone', 'in one process without servers: the time of the application and the engine alone')
    .option('--json', 'print the results as JSON')
    .action(pipeline)
  command
    .command('driver')
    .description('count records by key in the test driver, one pipeSync each: needs no parts')
    .option('--rounds <n>', 'how often, each in a driver of its own', wholeNumber, 7)
    .option('--records <n>', 'records of a round', wholeNumber, 100_000)
    .option('--keys <n>', 'different keys', wholeNumber, 1_000)
    .option('--json', 'print the results as JSON')
    .action(driver)
  command
    .command('gateway')
    .description('read a portfolio over HTTP, beside a bare server with one query: needs a Postgres')
    .option('--signals <n>', 'signals that are decided before', wholeNumber, 300)
    .option('--pairs <n>', 'runs of each', wholeNumber, 3)
    .option('--seconds <n>', 'length of a run', wholeNumber, 5)
    .option('--connections <n>', 'requests at one time', wholeNumber, 16)
    .option('--json', 'print the results as JSON')
    .action(gateway)
  command
    .command('nexmark')
    .description('the queries of Nexmark in the test drivers of millrace and Kafka Streams: needs Java and Maven')
    .option('--events <n>', 'events', wholeNumber, 50_000)
    .option('--rate <n>', 'events in a second of event time', wholeNumber, 1_000)
    .option('--rounds <n>', 'how often; the first warms up', wholeNumber, 4)
    .addOption(new Option('--query <name>', 'one query alone').choices(Object.keys(nexmarkQueries)))
    .option('--json', 'print the results as JSON')
    .action(nexmark)
  command
    .command('controls')
    .description('time from PATCH to effect of a halt, on a real Kafka, registry and Postgres')
    .option('--changes <n>', 'halts and ends of halts, in turn', wholeNumber, 200)
    .option('--json', 'print the times as JSON')
    .action(controls)
  command
    .command('engine')
    .description('the engine alone, by its processor time beside a plain loop: needs no parts')
    .option('--rounds <n>', 'how often; the least counts', wholeNumber, usualRounds.rounds)
    .option('--records <n>', 'records of a round', wholeNumber, usualRounds.records)
    .addOption(new Option('--case <name>', 'one case alone').choices([...engineCases]))
    .option('--save', 'keep the figures as those that later ones are compared with')
    .option('--json', 'print the figures as JSON')
    .action(engine)
  return command
}

interface EngineFlags extends Required<Pick<EngineBenchOptions, 'records' | 'rounds'>> {
  readonly case?: EngineCase
  readonly save?: true
  readonly json?: true
}

async function engine({ rounds, records, case: only, save, json }: EngineFlags): Promise<void> {
  const usual = rounds === usualRounds.rounds && records === usualRounds.records && only === undefined
  if (save && !usual)
    throw new InvalidArgumentError('--save keeps all cases as they are usually measured: leave out the others')
  const figures = await engineBench({ rounds, records, ...(only && { cases: [only] }) })
  if (save) await saveBaseline(figures)
  if (json) return console.log(JSON.stringify(figures, undefined, 2))
  const before = await readBaseline()
  console.log(engineTable(figures, before))
  const lost = lostCases(figures, before)
  if (lost.length === 0) return
  console.log(`over ${allowedLoss} times the cost: ${lost.join(', ')}`)
  process.exitCode = 1
}

interface NexmarkFlags {
  readonly events: number
  readonly rate: number
  readonly rounds: number
  readonly query?: string
  readonly json?: true
}

async function nexmark({ events, rate, rounds, query, json }: NexmarkFlags): Promise<void> {
  const queries = query === undefined ? Object.keys(nexmarkQueries) : [query]
  const workload = { events, seed: 1, eventsPerSecond: rate }
  const program = await nexmarkProgram()
  const compared: NexmarkComparison[] = []
  try {
    if (!json) console.log(nexmarkHead)
    for (const one of queries) {
      const [found] = await compareNexmark(program, [one], workload, rounds)
      compared.push(found!)
      if (!json) console.log(nexmarkLine(found!, events))
    }
  } finally {
    await program.close()
  }
  if (json) console.log(JSON.stringify({ workload, rounds, compared }, undefined, 2))
  if (compared.some(({ difference }) => difference !== undefined)) process.exitCode = 1
}

interface PipelineFlags extends Omit<PipelineWorkload, 'rows'> {
  readonly rows?: number
  readonly rounds: number
  readonly alone?: true
  readonly json?: true
}

async function pipeline({ json, rounds, rows = 0, alone, ...rest }: PipelineFlags): Promise<void> {
  if (alone) {
    const measured = await aloneBench({ signals: rest.signals, rounds })
    return console.log(
      json ? JSON.stringify({ signals: rest.signals, rounds: measured }, undefined, 2) : aloneLine(measured),
    )
  }
  const workload = { ...rest, rows }
  const runs: PipelineRun[] = []
  for (let round = 0; round < rounds; round++) {
    const { parts, missing, stop } = await startServers(['kafka', 'registry', 'postgres'])
    try {
      const [kafka, registry, postgres] = parts
      if (!kafka || !registry || !postgres)
        throw new FatalError('UNSUPPORTED', missing.map(({ name, reason }) => `no ${name}: ${reason}`).join('; '))
      runs.push(await pipelineBench({ kafka, registry, postgres }, workload))
    } finally {
      await stop()
    }
    if (!json) for (const line of pipelineLines(runs.at(-1)!)) console.log(line)
  }
  if (json) console.log(JSON.stringify({ workload, runs }, undefined, 2))
}

async function restore({ json, ...workload }: RestoreWorkload & { readonly json?: true }): Promise<void> {
  const rounds = await onParts(parts =>
    restoreBench(parts, workload, ({ recordsPerSecond, seconds, cpuMicroseconds, postgresMicroseconds = '?' }) =>
      console.error(
        `${recordsPerSecond} records/s  ${seconds.toFixed(1)} s  processor time each: worker ${cpuMicroseconds} µs, Postgres ${postgresMicroseconds} µs`,
      ),
    ),
  )
  if (json) return console.log(JSON.stringify({ workload, rounds }, undefined, 2))
  const rates = rounds.map(({ recordsPerSecond }) => recordsPerSecond).sort((a, b) => a - b)
  console.log(`median ${rates[Math.floor(rates.length / 2)]} records/s, ${rates[0]} to ${rates.at(-1)}`)
}

async function gateway({ json, ...workload }: GatewayWorkload & { readonly json?: true }): Promise<void> {
  const { parts, missing, stop } = await startServers(['postgres'])
  try {
    const [database] = parts
    if (!database) throw new FatalError('UNSUPPORTED', `no postgres: ${missing[0]?.reason}`)
    const runs = await gatewayBench(
      await createDatabase(database.url, `bench-${Date.now().toString(36)}`),
      workload,
      ({ server, path, requestsPerSecond, cpuMicroseconds, p50, p99 }) =>
        console.error(
          `${server.padEnd(7)}  ${path}  ${requestsPerSecond} requests/s  ${cpuMicroseconds} µs of processor time each  p50 ${p50} ms  p99 ${p99} ms`,
        ),
    )
    if (json) console.log(JSON.stringify({ workload, runs }, undefined, 2))
  } finally {
    await stop()
  }
}

async function controls({ changes, json }: { readonly changes: number; readonly json?: true }): Promise<void> {
  const { parts, missing, stop } = await startServers(['kafka', 'registry', 'postgres'])
  try {
    const url = (name: string) => parts.find(part => part.name === name)?.url
    const [kafka, registry, postgres] = [url('kafka'), url('registry'), url('postgres')]
    if (!kafka || !registry || !postgres)
      throw new FatalError('UNSUPPORTED', missing.map(({ reason }) => reason).join('; '))
    const database = await createDatabase(postgres, `bench-${Date.now().toString(36)}`)
    const pipeline = await startPipeline(database, { kafka, registry })
    try {
      const times = await controlsBench(pipeline, changes)
      if (json) return console.log(JSON.stringify(times))
      const { p50, p99, max, refused } = times
      console.log(
        `${changes} changes  PATCH to effect p50 ${p50} ms  p99 ${p99} ms  max ${max} ms  ${refused} signals after a halt, all rejected`,
      )
    } finally {
      await pipeline.close()
    }
  } finally {
    await stop()
  }
}

async function driver({ json, ...workload }: DriverWorkload & { readonly json?: true }): Promise<void> {
  const result = await driverBench(workload, ({ recordsPerSecond, cpuMicroseconds }) =>
    console.error(`${recordsPerSecond} records/s  ${cpuMicroseconds} µs of processor time a record`),
  )
  if (json) return console.log(JSON.stringify(result, undefined, 2))
  const { best, median, leastCpuMicroseconds } = result
  console.log(
    `best ${best} records/s, median ${median} of ${workload.rounds} rounds; ${leastCpuMicroseconds} µs of processor time a record at least`,
  )
}

async function count(flags: CountFlags): Promise<void> {
  const { pairs, records, keys, partitions, variant, only, profile, json } = flags
  const workload: Workload = { ...usualWorkload, records, keys, partitions }
  const results = await onParts(parts =>
    countBench({
      ...parts,
      workload,
      pairs,
      ...(variant && { variants: [variant] }),
      ...(only && { only }),
      ...(profile && { profile }),
      onRun: (name, contender, { recordsPerSecond, seconds }) =>
        console.error(`${name}  ${contender}  ${recordsPerSecond} records/s  ${seconds.toFixed(1)} s`),
    }),
  )
  console.log(json ? JSON.stringify(countJson(workload, results), undefined, 2) : countTables(results))
}

async function memory({ rounds, records, json }: MemoryFlags): Promise<void> {
  const workload: Workload = { ...usualWorkload, records }
  const result = await onParts(parts => memoryBench({ ...parts, workload, rounds }))
  if (json) return console.log(JSON.stringify(result, undefined, 2))
  const { samples, early, late } = result
  for (const { at, rssBytes, heapBytes = 0 } of samples)
    console.log(
      `${((at - samples[0]!.at) / 1_000).toFixed(1).padStart(7)} s  ${size(rssBytes)} resident  ${size(heapBytes)} heap`,
    )
  console.log(
    `second quarter: ${size(early.rssBytes)} resident, ${size(early.heapBytes)} heap; last quarter: ${size(late.rssBytes)} resident, ${size(late.heapBytes)} heap`,
  )
}

function size(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

function countJson(workload: Workload, results: readonly VariantResult[]) {
  const [cpu] = cpus()
  return {
    workload,
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      node: process.version,
      kafkaStreams: streamsVersion,
    },
    variants: results.map(result => ({ ...result, ratio: spreadOf(result.pairs) })),
  }
}

/** Runs the work on a Kafka and a Postgres, and ends those that it started. Errors: FatalError when one cannot be started. */
async function onParts<T>(
  work: (parts: {
    readonly kafka: string
    readonly postgres: string
    readonly postgresPid: number | undefined
  }) => Promise<T>,
): Promise<T> {
  const { parts, missing, stop } = await startServers(['kafka', 'postgres'])
  try {
    const url = (name: string) => parts.find(part => part.name === name)?.url
    const [kafka, postgres] = [url('kafka'), url('postgres')]
    if (kafka === undefined || postgres === undefined)
      throw new FatalError('UNSUPPORTED', missing.map(({ name, reason }) => `no ${name}: ${reason}`).join('; '))
    console.error(
      parts
        .map(({ name, origin, url: at }) => `${name} ${name === 'kafka' ? at : new URL(at).host} (${origin})`)
        .join('  '),
    )
    return await work({ kafka, postgres, postgresPid: parts.find(part => part.name === 'postgres')?.pid })
  } finally {
    await stop()
  }
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('give a whole number from 1')
  return number
}
