import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { errorFromWire, FatalError, messageOf } from '../../topology/definition/errors.ts'
import type { PortAccess } from '../../topology/http/port-access.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { printJson } from '../command-line/json-output.ts'
import type { DevFlags } from '../dev.ts'
import type { DevServers } from './dev-servers.ts'
import type { FromSession, ToSession } from './session-messages.ts'

const entry = fileURLToPath(new URL('./session-process.mjs', import.meta.url))
/** The time in which a session ends by itself. Units: ms. */
const endTimeoutMs = 5_000

/**
 * Keeps one session running, in a process of its own, so that changed files are loaded anew. Beside a Kafka in memory a new session
 * begins empty, and the lines that were produced before are produced again: the change is seen on the same input.
 */
export class Supervisor {
  readonly #topology: string | undefined
  readonly #flags: DevFlags
  readonly #servers: DevServers
  readonly #access: PortAccess
  /** Lines that were produced, for a session that begins empty. */
  readonly #produced: string[] = []
  /** Lines that wait for a session. */
  #waiting: string[] = []
  #child: ChildProcess | undefined
  #up = false
  #port: number
  #fail: (error: unknown) => void = () => {}
  /** Resolves with an error after which the session does not go on. */
  readonly failed: Promise<unknown>
  #work: Promise<void> = Promise.resolve()

  constructor(topology: string | undefined, flags: DevFlags, servers: DevServers, access: PortAccess) {
    this.#topology = topology
    this.#flags = flags
    this.#servers = servers
    this.#access = access
    this.#port = flags.port
    this.failed = new Promise(resolve => {
      this.#fail = resolve
    })
  }

  /** Starts the first session. Errors: as `openSession`. */
  async start(): Promise<void> {
    if (this.#servers.note) this.#print(this.#servers.note)
    await this.#servers.renew()
    await this.#open()
  }

  /** Ends the session and starts another, since `why` has changed. A problem is printed; the next change is waited for. */
  restart(why: string): Promise<void> {
    this.#work = this.#work.then(async () => {
      this.#print(`${why} changed: starting anew`)
      await this.#end()
      try {
        await this.#servers.renew()
        if (this.#servers.kafka === 'memory') this.#waiting = [...this.#produced.splice(0), ...this.#waiting]
        await this.#open()
      } catch (error) {
        console.error(`millrace: ${messageOf(error)}; waiting for a change`)
      }
    })
    return this.#work
  }

  /** Produces a line, now or when a session is up. */
  produce(line: string): void {
    if (this.#up) this.#say({ kind: 'produce', line })
    else this.#waiting.push(line)
  }

  /** Ends the session. */
  async stop(): Promise<void> {
    await this.#work.catch(() => {})
    await this.#end()
  }

  async #open(): Promise<void> {
    const { kafka, registry, postgres, schema } = this.#servers
    const child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child = child
    const { topics, verbose = false } = this.#flags
    const address = { kafka, registry, postgres, schema, port: this.#port, access: this.#access }
    this.#say({ kind: 'start', settings: { topology: this.#topology, ...address, topics, verbose } })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', code => {
        const error = new FatalError('INTERNAL', `the process of the session ended with ${code}`)
        if (this.#child === child) this.#fail(error)
        reject(error)
      })
      child.on('message', (message: FromSession) => {
        if (message.kind === 'up') {
          this.#greet(message)
          resolve()
        } else if (message.kind === 'failed') {
          const error = errorFromWire(message.error)
          if (this.#up) this.#ended(error)
          reject(error)
        } else this.#heard(message)
      })
    }).catch(async error => {
      await this.#end()
      throw error
    })
    this.#up = true
    for (const line of this.#waiting.splice(0)) this.#say({ kind: 'produce', line })
  }

  #greet({ name, where, port, url, topics }: Extract<FromSession, { kind: 'up' }>): void {
    this.#port = port
    if (this.#flags.json) printJson({ up: 'dev', topology: name, where, url, topics })
    this.#print(`${name}  ${where}`)
    if (this.#servers.postgres !== 'memory') this.#print(`tables   ${this.#servers.postgres}`)
    this.#print(`console  ${url}/console`)
    this.#print(`worker   ${url}/status  /metrics  /readyz`)
    this.#print(`topics   ${topics.join(', ')}`)
    this.#print('type     <topic> <key> <value as JSON> to produce a record; Ctrl-C ends')
  }

  /** Standard output is for records alone where JSON was asked for. */
  #print(line: string): void {
    if (this.#flags.json) console.error(line)
    else console.log(line)
  }

  #heard({ line, problem }: Extract<FromSession, { kind: 'produced' }>): void {
    if (problem === undefined) this.#produced.push(line)
    else console.error(`not produced: ${problem}`)
  }

  /** The worker has ended by an error of its own: while files are watched, a change may help. */
  #ended(error: unknown): void {
    this.#up = false
    if (this.#flags.watch) console.error(`millrace: ${messageOf(error)}; waiting for a change`)
    else this.#fail(error)
  }

  async #end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    this.#up = false
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
    if (child.connected) child.send({ kind: 'stop' } satisfies ToSession)
    const timer = systemClock.after(endTimeoutMs, () => child.kill('SIGKILL'))
    await exited
    timer.cancel()
  }

  #say(message: ToSession): void {
    if (this.#child?.connected) this.#child.send(message)
  }
}
