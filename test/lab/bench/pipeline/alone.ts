import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { median } from '../engine/engine-bench.ts'
import { published, youngGeneration } from '../millrace.ts'

const run = promisify(execFile)

const round = z.object({
  userMicroseconds: z.number().positive(),
  systemMicroseconds: z.number(),
  gcMicroseconds: z.number(),
  heapBytes: z.number(),
  commits: z.number().positive(),
  outputs: z.number().positive(),
  rows: z.number().positive(),
  approved: z.number().positive(),
  rejected: z.number(),
  updates: z.number().positive(),
})

/**
 * A round. Units: microseconds of processor time a signal, without the kernel's in `user`; collecting garbage is in it, and `gc` says how long the
 * main thread waited for that. Down to `rows` the counts are of a signal, too; then they are of the whole round, with markers.
 */
export type AloneRound = z.infer<typeof round>

/** The rounds of the pipeline without servers. */
export interface AloneWorkload {
  /** Of each round. */
  readonly signals: number
  /** Rounds that count; one is run before them, for the compiler. */
  readonly rounds: number
}

/**
 * Runs the trading pipeline in a process of its own without servers: what the application and the engine cost, and no broker, driver or
 * database. Errors: when a round made no decisions, orders or updates.
 */
export async function aloneBench({ signals, rounds }: AloneWorkload): Promise<readonly AloneRound[]> {
  const library = await published()
  try {
    const file = join(library.folder, 'test', 'lab', 'bench', 'pipeline', 'alone-process.js')
    const { stdout } = await run(process.execPath, [youngGeneration, file, `${rounds + 1}`, `${signals}`])
    return stdout
      .trim()
      .split('\n')
      .slice(1)
      .map(line => round.parse(JSON.parse(line)))
  } finally {
    await library.close()
  }
}

/** The rounds as a line to print, by their medians. */
export function aloneLine(rounds: readonly AloneRound[]): string {
  const middle = (name: keyof AloneRound) => median(rounds.map(one => one[name]))
  const users = rounds.map(one => Math.round(one.userMicroseconds)).sort((a, b) => a - b)
  return `${Math.round(middle('userMicroseconds'))} µs of user time a signal (${users[0]} to ${users.at(-1)}), waited for the collector ${Math.round(middle('gcMicroseconds'))} µs; a signal: ${middle('outputs').toFixed(1)} outputs, ${middle('rows').toFixed(1)} rows`
}
