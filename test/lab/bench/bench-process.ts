import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { FatalError } from '../../../topology/definition/errors.ts'

const line = z.object({
  reading: z.enum(['first', 'end', 'memory']),
  at: z.number(),
  cpuMs: z.number(),
  rssBytes: z.number(),
  heapBytes: z.number().optional(),
  counts: z.object({ commits: z.number(), outputs: z.number(), applies: z.number(), rows: z.number() }).optional(),
})

/** A line that a contender prints about itself. Units: `at` in ms since the epoch, `cpuMs` of all its threads since it began. */
export type Reading = z.infer<typeof line>

/** The command that starts a contender. */
export interface BenchCommand {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

/**
 * A contender in a process of its own. It prints one JSON line, `first`, when it has taken its first records, and one, `end`,
 * when its standard input ends; then it ends by itself. Between them it may print `memory` lines.
 */
export class BenchProcess {
  readonly name: string
  readonly #child: ChildProcess
  readonly #gone: Promise<number | null>
  readonly #readings = new Map<Reading['reading'], Reading>()
  /** The `memory` lines so far, oldest first. */
  readonly memory: Reading[] = []
  #changed = () => {}
  #errors = ''

  constructor({ name, command, args }: BenchCommand) {
    this.name = name
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#gone = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', code => {
        resolve(code)
        this.#changed()
      })
    })
    this.#gone.catch(error => {
      this.#errors += String(error)
      this.#changed()
    })
    createInterface({ input: this.#child.stdout! }).on('line', text => {
      const reading = line.parse(JSON.parse(text))
      if (reading.reading === 'memory') this.memory.push(reading)
      this.#readings.set(reading.reading, reading)
      this.#changed()
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000)
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** False when the process has ended, or never began. */
  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when it has taken its first records. Errors: FatalError with its output when it ends before. */
  first(): Promise<Reading> {
    return this.#reading('first')
  }

  /** Lets it end in its own way, and resolves when it has. Errors: FatalError when it fails. */
  async end(): Promise<Reading> {
    this.#child.stdin!.end()
    const reading = await this.#reading('end')
    if ((await this.#gone) !== 0) throw this.#failed()
    return reading
  }

  /** SIGKILL, where it has not ended. */
  async kill(): Promise<void> {
    if (!this.running) return
    this.#child.kill('SIGKILL')
    await this.#gone
  }

  async #reading(name: Reading['reading']): Promise<Reading> {
    for (;;) {
      const found = this.#readings.get(name)
      if (found) return found
      if (!this.running) throw this.#failed()
      await new Promise<void>(resolve => {
        this.#changed = resolve
      })
    }
  }

  #failed(): FatalError {
    const code = this.#child.exitCode ?? this.#child.signalCode
    return new FatalError('INTERNAL', `${this.name} ended with ${code} before its bench did: ${this.#errors.trim()}`)
  }
}
