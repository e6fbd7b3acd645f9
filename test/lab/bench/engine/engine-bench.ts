import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Table from 'cli-table3'
import { z } from 'zod'
import { packageRoot } from '../../../../ops/command-line/package-root.ts'
import { type EngineCase, engineCases } from './engine-case.ts'

const run = promisify(execFile)

/** The cost of one case: the median of its rounds. Units: `userPerMillion` in s of user time for a million records. */
export interface EngineFigure {
  readonly name: EngineCase
  readonly userPerMillion: number
  /** The same in plain loops that were measured beside it, so that machines can be compared, and busy ones with quiet ones. */
  readonly loops: number
  /** Output and changelog records, and rows, of a round. */
  readonly written: number
  readonly rows: number
}

const stored = z.object({
  name: z.enum(engineCases),
  userPerMillion: z.number().positive(),
  loops: z.number().positive(),
  written: z.number(),
  rows: z.number(),
})

const baseline = z.object({
  commit: z.string(),
  date: z.string(),
  node: z.string(),
  processor: z.string(),
  figures: z.array(stored),
})

/** The figures of the commit that measured last. */
export type EngineBaseline = z.infer<typeof baseline>

/** The rounds of the bench. */
export interface EngineBenchOptions {
  readonly records?: number
  readonly rounds?: number
  readonly cases?: readonly EngineCase[]
}

/** The rounds whose figures are kept and compared; short ones are dearer than long ones, so only equal ones can be. */
export const usualRounds = { records: 30_000, rounds: 5 } as const

/** A case may cost this many times as much as it did, beside a plain loop. */
export const allowedLoss = 1.25

/** Measures the cases one after another, each in a process of its own: what the engine costs without servers. */
export async function engineBench(
  { records = usualRounds.records, rounds = usualRounds.rounds, cases = engineCases }: EngineBenchOptions = {},
  onFigure: (figure: EngineFigure) => void = () => {},
): Promise<readonly EngineFigure[]> {
  const figures: EngineFigure[] = []
  for (const name of cases) {
    const { stdout } = await run(process.execPath, [
      '--max-semi-space-size=64',
      '--import',
      'tsx',
      join(packageRoot(), 'test', 'lab', 'bench', 'engine', 'engine-process.ts'),
      ...[name, `${records}`, `${rounds}`],
    ])
    const figure = stored.parse(JSON.parse(stdout))
    onFigure(figure)
    figures.push(figure)
  }
  return figures
}

/** The middle one of some numbers; of an even count the lower one of the two in the middle. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN
}

/** The cases that cost more than they may. Errors: when the baseline lacks one. */
export function lostCases(figures: readonly EngineFigure[], before: EngineBaseline): readonly EngineCase[] {
  return figures.filter(figure => figure.loops > knownFigure(figure, before).loops * allowedLoss).map(one => one.name)
}

/**
 * Says why the figures of this machine cannot be compared with the baseline's; undefined: they can. Processors and versions of
 * Node are not equally much faster at everything, so that beside the plain loop a case is dearer on one than on another.
 */
export function incomparable(
  { processor, node }: Pick<EngineBaseline, 'processor' | 'node'>,
  here = { processor: processorName(), node: process.version },
): string | undefined {
  const major = (version: string) => version.split('.')[0]
  if (processor === here.processor && major(node) === major(here.node)) return undefined
  return `not compared: the baseline was taken on ${processor} with Node ${node}, this is ${here.processor} with ${here.node}`
}

function processorName(): string {
  return cpus()[0]?.model.trim() ?? 'unknown'
}

/** The figures beside the baseline's, as a table. */
export function engineTable(figures: readonly EngineFigure[], before: EngineBaseline): string {
  const table = new Table({
    head: ['case', 's/million', 'plain loops', `at ${before.commit}`, 'change'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  })
  for (const figure of figures) {
    const [now, then] = [figure.loops, knownFigure(figure, before).loops]
    const change = `${now > then ? '+' : ''}${((now / then - 1) * 100).toFixed(0)} %`
    table.push([figure.name, figure.userPerMillion.toFixed(2), now.toFixed(0), then.toFixed(0), change])
  }
  return `${table}`
}

/** The checked-in figures. */
export async function readBaseline(): Promise<EngineBaseline> {
  return baseline.parse(JSON.parse(await readFile(baselinePath(), 'utf8')))
}

/** Replaces the checked-in figures by these. */
export async function saveBaseline(figures: readonly EngineFigure[]): Promise<void> {
  const { stdout } = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: packageRoot() })
  const rounded = figures.map(figure => ({
    ...figure,
    userPerMillion: Number(figure.userPerMillion.toFixed(3)),
    loops: Number(figure.loops.toFixed(1)),
  }))
  const date = new Date().toISOString().slice(0, 10)
  const text = JSON.stringify(
    { commit: stdout.trim(), date, node: process.version, processor: processorName(), figures: rounded },
    undefined,
    2,
  )
  await writeFile(baselinePath(), `${text}\n`)
}

function baselinePath(): string {
  return join(packageRoot(), 'test', 'lab', 'bench', 'engine', 'baseline.json')
}

function knownFigure({ name }: EngineFigure, before: EngineBaseline): EngineFigure {
  const known = before.figures.find(figure => figure.name === name)
  if (known === undefined) throw new Error(`the baseline has no case '${name}': run npm run bench -- engine --save`)
  return known
}
