import { z } from 'zod'

const everyMs = 300

/** The workers that are up, and the addresses of their status. */
export interface WatchedCrew {
  readonly joined: readonly { readonly name: string; readonly port: number }[]
}

const statusBody = z.object({
  tasks: z.array(
    z.object({
      task: z.string(),
      state: z.string(),
      lag: z.number().optional(),
      lastCommitAt: z.number().optional(),
    }),
  ),
})

/** The time that tasks were stopped after a fault, until each committed again or ran with nothing left to read. Units: ms. */
export interface Recovery {
  readonly fault: string
  readonly ms: number
  readonly tasks: number
}

interface Pending {
  readonly fault: string
  readonly at: number
  readonly left: Set<string>
  readonly tasks: number
  last: number
}

/** Reads the workers' own status again and again, and so learns when the tasks of a dead worker continue. */
export class Watch {
  readonly recoveries: Recovery[] = []
  readonly #crew: WatchedCrew
  readonly #extra = new Map<string, number>()
  readonly #owned = new Map<string, readonly string[]>()
  readonly #pending: Pending[] = []
  #running = true
  #loop: Promise<void>

  constructor(crew: WatchedCrew) {
    this.#crew = crew
    this.#loop = this.#live()
  }

  /** Tasks of recoveries that are not over. */
  get unrecovered(): readonly string[] {
    return this.#pending.flatMap(({ fault, left }) => [...left].map(task => `${task} after ${fault}`))
  }

  /** Watches this one too. */
  add(worker: string, port: number): void {
    this.#extra.set(worker, port)
  }

  /** The worker stopped working at this moment. Units: ms. */
  lost(worker: string, fault: string, at: number): void {
    this.#extra.delete(worker)
    const owned = this.#owned.get(worker) ?? []
    this.#owned.delete(worker)
    if (owned.length > 0) this.#pending.push({ fault, at, left: new Set(owned), tasks: owned.length, last: at })
  }

  async close(): Promise<void> {
    this.#running = false
    await this.#loop
  }

  async #live(): Promise<void> {
    while (this.#running) {
      const workers = [...this.#crew.joined.map(({ name, port }) => [name, port] as const), ...this.#extra]
      await Promise.all(workers.map(([name, port]) => this.#look(name, port)))
      await new Promise(resolve => setTimeout(resolve, everyMs))
    }
  }

  async #look(worker: string, port: number): Promise<void> {
    const asked = Date.now()
    const tasks = await statusOf(port)
    if (tasks === undefined) return
    this.#owned.set(
      worker,
      tasks.map(({ task }) => task),
    )
    const now = Date.now()
    for (const { task, state, lag, lastCommitAt = 0 } of tasks) {
      for (const pending of this.#pending) {
        const committed = lastCommitAt > pending.at
        // An answer that was under way when the worker was lost tells nothing about the time after.
        const isCaughtUp = asked > pending.at && state === 'running' && lag === 0
        if ((!committed && !isCaughtUp) || !pending.left.delete(task)) continue
        pending.last = Math.max(pending.last, committed ? lastCommitAt : now)
      }
    }
    for (const [index, { fault, at, left, tasks, last }] of [...this.#pending.entries()].reverse()) {
      if (left.size > 0) continue
      this.#pending.splice(index, 1)
      this.recoveries.push({ fault, ms: last - at, tasks })
    }
  }
}

/** The tasks of a worker, from its own status; undefined when it does not answer. */
async function statusOf(port: number): Promise<z.infer<typeof statusBody>['tasks'] | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/status`, { signal: AbortSignal.timeout(1_000) })
    return statusBody.parse(await response.json()).tasks
  } catch {
    // A worker that is down, frozen or starting has no status.
    return undefined
  }
}
