import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../../../ops/cluster/free-port.ts'
import { packageRoot } from '../../../../ops/command-line/package-root.ts'
import { childEnvironment } from '../../../../topology/app/environment.ts'

const everyMs = 50
/** A read that takes longer has failed. Units: ms. */
const readLimitMs = 5_000
const startLimitMs = 120_000

/** The reads of a gateway's rows. Units: ms. */
export interface Reads {
  readonly count: number
  readonly longestMs: number
  /** One line for each that was not answered 200. */
  readonly failures: readonly string[]
}

/** A gateway in a process of its own, of which one row after another is read again and again. */
export class GatewayReads {
  readonly #process: ChildProcess
  readonly #urls: readonly string[]
  readonly #failures: string[] = []
  #count = 0
  #longestMs = 0
  #running = true
  readonly #loop: Promise<void>

  private constructor(process: ChildProcess, urls: readonly string[]) {
    this.#process = process
    this.#urls = urls
    this.#loop = this.#read()
  }

  /** Starts the gateway, and reads the rows at these paths from when they are there. Shape: `['/v1/portfolios/alpha']`. */
  static async start(
    env: Readonly<Record<string, string>>,
    paths: readonly string[],
    logFile: string,
  ): Promise<GatewayReads> {
    const port = await freePort(0)
    const args = ['--import', 'tsx', 'ops/cli.ts', 'gateway', `--port=${port}`]
    const child = spawn(process.execPath, args, {
      cwd: packageRoot(),
      env: childEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    process.once('exit', () => child.kill('SIGKILL'))
    const log = createWriteStream(logFile)
    child.stdout.pipe(log)
    child.stderr.pipe(log)
    const urls = paths.map(path => `http://127.0.0.1:${port}${path}`)
    for (const end = Date.now() + startLimitMs; ; await sleep(250)) {
      const answers = await Promise.all(urls.map(url => statusOf(url)))
      if (answers.every(answer => answer === '200')) return new GatewayReads(child, urls)
      if (Date.now() > end) throw new Error(`the gateway answers ${answers.join(', ')}: see ${logFile}`)
    }
  }

  async stop(): Promise<Reads> {
    this.#running = false
    await this.#loop
    const gone = new Promise(resolve => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    await gone
    return { count: this.#count, longestMs: this.#longestMs, failures: this.#failures }
  }

  async #read(): Promise<void> {
    while (this.#running) {
      const url = this.#urls[this.#count % this.#urls.length]!
      const began = performance.now()
      const status = await statusOf(url)
      this.#longestMs = Math.max(this.#longestMs, performance.now() - began)
      this.#count++
      if (status !== '200') this.#failures.push(`${new Date().toISOString()} ${url}: ${status}`)
      await sleep(everyMs)
    }
  }
}

/** Shape: `'200'`, or why there was no answer. */
async function statusOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(readLimitMs) })
    await response.arrayBuffer()
    return String(response.status)
  } catch (error) {
    return String(error)
  }
}
