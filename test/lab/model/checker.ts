import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jarsOf, java } from '../../../ops/cluster/maven.ts'
import { type Observation, records } from './observe.ts'
import { traceData } from './trace-data.ts'

const modules = ['ExactlyOnce.tla', 'Traces.tla']
const tools = { groupId: 'org.lamport', artifactId: 'tla2tools', version: '1.8.0' }

/** One way through a trace is enough, and depth first it is found long before all others are. */
const depthFirst = '-Dtlc2.tool.queue.IStateQueue=StateDeque'

/** The bound of a check. `fault`: the planted one, or `'none'`. */
export interface Bound {
  readonly records: number
  readonly batch: number
  readonly opens: number
  readonly storeFaults: number
  readonly cuts: number
  readonly fault: string
}

/** The answer of TLC. Units: states, steps, s. `violated`: the property that failed, undefined when all hold in all states. */
export interface Verdict {
  readonly violated: string | undefined
  readonly generated: number
  readonly distinct: number
  /** The depth of the whole graph of states, or the length of the counterexample. */
  readonly depth: number
  readonly seconds: number
}

/** TLC, the model checker of TLA+. */
export interface Checker {
  check(bound: Bound, invariant?: string): Promise<Verdict>
  /** The number of observations of each trace, from its first on, that the protocol's steps explain; and the states that this took. */
  explain(traces: readonly (readonly Observation[])[]): Promise<{ explained: readonly number[]; states: number }>
}

/**
 * The checker from the jar given, or from Maven (`org.lamport:tla2tools`). Errors: FatalError UNSUPPORTED without Java 17, or
 * when Maven cannot fetch it; Error with TLC's own words when it fails.
 */
export async function modelChecker(jar: string | undefined, workers: number): Promise<Checker> {
  const command = await java('the model checker')
  const classpath = jar ?? join(await jarsOf('tla2tools-1.8.0', [tools]), 'jars', '*')
  const tlc = async (
    module: string,
    threads: number,
    files: Readonly<Record<string, string>>,
    options: readonly string[] = [],
  ) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-model-'))
    try {
      for (const name of modules) await copyFile(new URL(name, import.meta.url), join(folder, name))
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
      const args = [
        '-XX:+UseParallelGC',
        ...options,
        '-cp',
        classpath,
        'tlc2.TLC',
        '-noGenerateSpecTE',
        '-workers',
        String(threads),
      ]
      return await run(command, [...args, '-config', 'Model.cfg', module], folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return {
    async check(bound, invariant = 'Safe') {
      const began = performance.now()
      const output = await tlc('ExactlyOnce.tla', workers, { 'Model.cfg': configuration(bound, invariant) })
      return { ...verdictOf(output), seconds: (performance.now() - began) / 1_000 }
    },
    async explain(traces) {
      // Each thread has its own registers, in which the model notes how far a trace was explained.
      const files = { 'Model.cfg': traceConfiguration, 'TraceData.tla': traceData(traces) }
      const output = await tlc('Traces.tla', 1, files, [depthFirst])
      const { violated, generated } = verdictOf(output)
      if (violated !== undefined) throw new Error(`a trace breaks ${violated}:\n${output}`)
      const explained = traces.map(() => 0)
      for (const [, trace, at] of output.matchAll(/<<"explained", (\d+), (\d+)>>/g))
        explained[Number(trace) - 1] = Number(at)
      return { explained, states: generated }
    },
  }
}

const traceConfiguration = `SPECIFICATION TraceSpec
CONSTANTS
  Workers = {a, b, c}
  Records = ${records}
  Batch = ${records}
  Unapplied = ${records}
  Opens = 60
  StoreFaults = 3
  Cuts = 0
  Fault = "none"
  Gap = 3
  States = 5000000
CONSTRAINT Open
SYMMETRY Symmetry
INVARIANT Safe
CHECK_DEADLOCK FALSE
`

function configuration({ records, batch, opens, storeFaults, cuts, fault }: Bound, invariant: string): string {
  return `SPECIFICATION Spec
CONSTANTS
  Workers = {a, b}
  Records = ${records}
  Batch = ${batch}
  Unapplied = 2
  Opens = ${opens}
  StoreFaults = ${storeFaults}
  Cuts = ${cuts}
  Fault = "${fault}"
INVARIANT ${invariant}
PROPERTY StoreMovesForward
CHECK_DEADLOCK FALSE
`
}

/** TLC's output: it ends with an error also when it has found a counterexample. */
function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (/^\d+ states generated/m.test(stdout.replaceAll(',', ''))) resolve(stdout)
      else reject(new Error(`TLC did not check the model: ${error?.message ?? ''}\n${stdout}${stderr}`))
    })
  })
}

function verdictOf(output: string): Omit<Verdict, 'seconds'> {
  const plain = output.replaceAll(/(?<=\d),(?=\d)/g, '')
  const other = /^Error: (?!The behavior|Invariant|Action property)(.*)/m.exec(plain)?.[1]
  if (other !== undefined) throw new Error(`TLC could not evaluate the model: ${other}\n${output}`)
  const counts = [...plain.matchAll(/^(\d+) states generated, (\d+) distinct states found/gm)].at(-1)!
  const violated = /^Error: (?:Invariant|Action property) (\S+) is violated/m.exec(plain)?.[1]
  const steps = plain.match(/^State \d+:/gm)?.length
  const depth = /depth of the complete state graph search is (\d+)/.exec(plain)?.[1]
  return { violated, generated: Number(counts[1]), distinct: Number(counts[2]), depth: steps ?? Number(depth) }
}
