import { type ChildProcess, spawn } from 'node:child_process'
import { freePorts } from '../../ops/cluster/free-port.ts'
import { waitFor } from './wait-for.ts'

/** The options with which a worker process is started. */
export interface WorkerProcessOptions {
  /** Arguments of the command, but for `--port`. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Unset: `worker`. */
  readonly command?: 'worker' | 'gateway'
}

/** A `millrace worker` or `gateway` in a process of its own, with its port, as an operator sees it. */
export class WorkerProcess {
  readonly command: 'worker' | 'gateway'
  readonly port: number
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess

  private constructor(port: number, { args, env, command = 'worker' }: WorkerProcessOptions) {
    this.command = command
    this.port = port
    const line = ['--import', 'tsx', 'ops/cli.ts', command, `--port=${port}`, ...args]
    this.#child = spawn(process.execPath, line, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', chunk => {
      this.stdout += chunk
    })
    this.#child.stderr?.setEncoding('utf8').on('data', chunk => {
      this.stderr += chunk
    })
    this.ended = new Promise(resolve => this.#child.once('close', resolve))
  }

  /** Starts it; `joined` tells when it runs. */
  static async start(options: WorkerProcessOptions): Promise<WorkerProcess> {
    const [port] = await freePorts(1)
    return new WorkerProcess(port as number, options)
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when `/readyz` answers 200. Errors: when the process ends before, with its output. */
  async ready(timeoutMs?: number): Promise<void> {
    await waitFor(
      async () => {
        if (!this.running) throw new Error(`the ${this.command} has ended: ${this.stderr}`)
        return (await this.get('readyz'))?.status === 200
      },
      { what: `the ${this.command} is not ready`, timeoutMs, said: () => this.stderr },
    )
  }

  /** The answer of its health server; undefined if it does not answer. */
  async get(path: string): Promise<{ readonly status: number; readonly body: string } | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/${path}`)
      return { status: response.status, body: await response.text() }
    } catch {
      return undefined
    }
  }

  /** The whole lines of its log, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.stderr
      .split('\n')
      .slice(0, -1)
      .filter(line => line.startsWith('{') && line.endsWith('}'))
    return lines.map(line => JSON.parse(line))
  }

  /** Sends a signal, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal, waits for the end. Returns the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal)
    return this.ended
  }
}
