import { Command, InvalidArgumentError } from 'commander'
import { readEnvironment } from '../topology/app/environment.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { schemasOf } from '../topology/runtime/register-schemas.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { jsonOption } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { serversInUse } from './command-line/servers.ts'
import { examine } from './doctor/examination.ts'
import type { CheckResult } from './doctor/finding.ts'

interface DoctorFlags {
  readonly topology?: string
  readonly minFree: number
  readonly strict: boolean
  readonly json?: boolean
}

/**
 * `doctor`: looks at the servers of a topology and says what is wrong, and what to do about it. It changes nothing but for an empty
 * transaction, by which it asks Kafka for the time. Exit code 1: it found an error (with `--strict`, or a warning); a server that
 * does not answer is one.
 */
export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--topology <file>', topologyHelp)
    .option('--min-free <gigabytes>', 'the least room that must be free on the disk of Postgres', gigabytes, 5)
    .option('--strict', 'warnings count, too', false)
    .addOption(jsonOption())
    .action(run)
}

function gigabytes(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('give a number of gigabytes')
  return value
}

async function run({ topology, minFree, strict, json }: DoctorFlags): Promise<void> {
  const graph = buildGraph(await loadTopology(topology))
  const avro = (await schemasOf(graph)).length > 0
  const { schema = 'public', ...servers } = await serversInUse('doctor', [
    'kafka',
    'postgres',
    ...(avro ? (['registry'] as const) : []),
  ])
  const environment = readEnvironment()
  const results = await examine({
    graph,
    servers: avro ? servers : { ...servers, registry: undefined },
    schema,
    environment,
    minFreeBytes: minFree * 1e9,
    clock: systemClock,
  })
  const found = results.flatMap(({ findings }) => findings)
  const healthy = !found.some(({ level }) => level === 'error' || strict)
  if (json) console.log(JSON.stringify({ healthy, checks: results }))
  else print(results)
  if (!healthy) process.exitCode = 1
}

function print(results: readonly CheckResult[]): void {
  for (const { check, said, findings } of results) {
    const state = findings.some(({ level }) => level === 'error') ? 'ERROR' : findings.length > 0 ? 'warn ' : 'ok   '
    console.log(`${state}  ${check}: ${said}`)
    for (const { level, subject, problem, remedy } of findings)
      console.log(`  ${level}: ${subject} ${problem}\n    ${remedy}`)
  }
  const count = (level: string) =>
    results.flatMap(({ findings }) => findings).filter(each => each.level === level).length
  console.log(`${results.length} checks: ${count('error')} errors, ${count('warning')} warnings`)
}
