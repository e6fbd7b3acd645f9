import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, freePorts } from '../../../ops/cluster/free-port.ts'
import { messageOf } from '../../../topology/definition/errors.ts'
import { residentBytes } from './resident-bytes.ts'
import { WorkerProcess } from './worker-process.ts'

/** The pause before a worker that has ended is started again, as a supervisor would. Units: ms. */
const restartAfterMs = 500

/** A worker process that a supervisor keeps alive, whatever kills it. */
export class CrewMember {
  readonly name: string
  readonly port: number
  readonly process: WorkerProcess
  /** Unexpected ends: a worker that was up and gave up by itself. */
  readonly surprises: string[] = []
  /** Starts that failed because a part was away. */
  failedStarts = 0
  #joined = false
  #retired = false
  #life: Promise<void> = Promise.resolve()

  constructor(name: string, port: number, env: Readonly<Record<string, string>>, logFolder: string) {
    this.name = name
    this.port = port
    this.process = new WorkerProcess({ name, args: [`--port=${port}`], env, logFolder })
  }

  /** Whether its process is up and has joined. */
  get joined(): boolean {
    return this.#joined
  }

  /** Starts it and keeps it alive until `retire`. Resolves at the first join. */
  employ(): Promise<void> {
    return new Promise(resolve => {
      this.#life = this.#live(resolve)
    })
  }

  /** Stops it gracefully and for good. Returns its exit code. */
  async retire(): Promise<number | null> {
    while (!this.#joined) await sleep(100)
    this.#retired = true
    const code = await this.process.stop()
    await this.#life
    return code
  }

  /** Resident memory of its process; undefined while there is none. Units: bytes. */
  memory(): Promise<number | undefined> {
    return residentBytes(this.process.pid)
  }

  async #live(joined: () => void): Promise<void> {
    while (!this.#retired) {
      try {
        await this.process.start()
      } catch {
        this.failedStarts++
        await sleep(restartAfterMs)
        continue
      }
      this.#joined = true
      joined()
      const { code } = await this.process.ended()
      if (this.#retired) return
      this.#joined = false
      if (code !== null)
        this.surprises.push(`worker '${this.name}' ended by itself with ${code}: see ${this.process.logFile}`)
      await sleep(restartAfterMs)
    }
  }
}

/** The worker processes of a chaos run. */
export class Crew {
  readonly members: readonly CrewMember[]
  readonly #env: Readonly<Record<string, string>>
  readonly #logFolder: string
  #guests = 0

  private constructor(members: readonly CrewMember[], env: Readonly<Record<string, string>>, logFolder: string) {
    this.members = members
    this.#env = env
    this.#logFolder = logFolder
  }

  /** Starts `count` workers, all processors each. `env` names the servers. */
  static async start(count: number, env: Readonly<Record<string, string>>, logFolder: string): Promise<Crew> {
    const ports = await freePorts(count)
    const members = ports.map((port, index) => new CrewMember(`worker-${index + 1}`, port, env, logFolder))
    await Promise.all(members.map(member => member.employ()))
    return new Crew(members, env, logFolder)
  }

  /** Names of the workers whose process is up. */
  get joined(): readonly CrewMember[] {
    return this.members.filter(member => member.joined)
  }

  /**
   * A worker that joins, takes its share of the tasks, and dies by itself at a point of a commit. `joined` is called with
   * its port. Resolves with the time when it died; undefined when it did not within the limit. Units: ms.
   */
  async sacrifice(
    killAt: string,
    limitMs: number,
    joined: (name: string, port: number) => void,
  ): Promise<number | undefined> {
    const until = Date.now() + limitMs
    const name = `guest-${++this.#guests}`
    const port = await freePort(0)
    const guest = new WorkerProcess({ name, args: [`--port=${port}`], env: this.#env, logFolder: this.#logFolder })
    while (Date.now() < until) {
      try {
        await guest.start({ MILLRACE_CHAOS_KILL: killAt })
      } catch (error) {
        if (messageOf(error).includes('ended with null')) return Date.now()
        await sleep(restartAfterMs)
        continue
      }
      joined(name, port)
      const { signal } =
        (await Promise.race([guest.ended(), sleep(Math.max(0, until - Date.now()), undefined, { ref: false })])) ?? {}
      if (signal === 'SIGKILL') return Date.now()
      break
    }
    await guest.stop()
    return undefined
  }
}
