import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../ops/command-line/package-root.ts'
import { childEnvironment } from '../../../topology/app/environment.ts'
import type { CompiledPrograms } from './kills/compiled.ts'

/** The options with which a worker process is started. */
export interface WorkerProcessOptions {
  readonly name: string
  /** Arguments of `millrace worker`. Shape: `['--processor=portfolio-risk']`. */
  readonly args: readonly string[]
  /** KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL and whatever else differs from this process's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Folder of its log file. */
  readonly logFolder: string
  /** Programs that hold `worker.ts` of this folder, compiled; unset: it runs from source. */
  readonly compiled?: CompiledPrograms
}

const source = 'test/lab/chaos/worker.ts'

const children = new Set<ChildProcess>()

// Workers do not outlive the process that started them, not even frozen ones.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A worker in a process of its own, to be killed and started again. Its log goes on in one file over all its lives. */
export class WorkerProcess {
  readonly name: string
  readonly logFile: string
  readonly #options: WorkerProcessOptions
  readonly #log: WriteStream
  #child: ChildProcess | undefined
  /** Resolves when the process of the last start has ended, and its log file has all that it said. */
  #closed: Promise<void> = Promise.resolve()
  #starts = 0

  constructor(options: WorkerProcessOptions) {
    this.name = options.name
    this.#options = options
    this.logFile = join(options.logFolder, `${options.name}.log`)
    this.#log = createWriteStream(this.logFile, { flags: 'a' })
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get starts(): number {
    return this.#starts
  }

  /**
   * Resolves when the worker has joined its groups; `env` is for this start alone.
   * Errors: when it ends before that, with the end of its log.
   */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#starts++
    const { compiled, args } = this.#options
    const program = compiled ? [compiled.fileOf(source)] : ['--import', 'tsx', source]
    const child = spawn(process.execPath, [...program, ...args], {
      cwd: compiled ? compiled.folder : packageRoot(),
      env: childEnvironment({ ...this.#options.env, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    children.add(child)
    child.once('exit', () => children.delete(child))
    this.#closed = new Promise(resolve => {
      child.once('close', () => this.#log.write('', () => resolve()))
    })
    let said = ''
    child.stderr.pipe(this.#log, { end: false })
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        this.#log.write(chunk)
        said += chunk
        if (said.includes('joined')) resolve()
      })
      child.once('exit', code =>
        reject(new Error(`worker '${this.name}' ended with ${code} before it joined: see ${this.logFile}`)),
      )
    })
  }

  /** Resolves when the process of the last start has ended. Exit code, or the signal that ended it. */
  async ended(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    const child = this.#child!
    await this.#closed
    return { code: child.exitCode, signal: child.signalCode }
  }

  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** SIGTERM; resolves when the process has ended by itself. Returns its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child
    await this.#end('SIGTERM')
    return child?.exitCode ?? null
  }

  /** SIGSTOP: a zombie. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  /** SIGCONT. */
  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child?.exitCode === null && child.signalCode === null) child.kill(signal)
    await this.#closed
  }
}
