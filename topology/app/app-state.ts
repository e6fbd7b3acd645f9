import type { Clock } from '../definition/clock.ts'
import type { TaskStatus } from '../runtime/task-status.ts'

/**
 * The state of a running topology as a whole. `waiting`: for a server that is away, for its place in a group, or for a task that is
 * parked; `restoring`: a
 * task is being opened; `failed`: an error has ended it.
 */
export type AppState = 'restoring' | 'running' | 'waiting' | 'paused' | 'failed' | 'stopped'

/** The facts from which the state follows. */
interface Facts {
  status(): readonly TaskStatus[]
  waiting(): readonly string[]
}

/** The time between two looks at the tasks. Units: ms. */
const lookMs = 100

/** Watches the state of a topology, and tells of its changes. */
export class StateWatch {
  readonly #facts: Facts
  readonly #clock: Pick<Clock, 'after'>
  readonly #listeners = new Set<(state: AppState, before: AppState) => void>()
  #state: AppState = 'restoring'
  /** A state that only the application itself leaves. */
  #fixed: 'paused' | 'failed' | 'stopped' | undefined
  #timer: { cancel(): void } | undefined

  constructor(facts: Facts, clock: Pick<Clock, 'after'>) {
    this.#facts = facts
    this.#clock = clock
    this.#look()
  }

  get state(): AppState {
    return this.#state
  }

  /** Calls back at each change, and once with the state of now. Returns the function that ends it. */
  listen(listener: (state: AppState, before: AppState) => void): () => void {
    this.#listeners.add(listener)
    listener(this.#state, this.#state)
    return () => this.#listeners.delete(listener)
  }

  /** Sets a state that the tasks do not tell; undefined: they tell again. Nothing comes after `failed` and `stopped`. */
  fix(state: 'paused' | 'failed' | 'stopped' | undefined): void {
    if (this.#fixed === 'stopped' || (this.#fixed === 'failed' && state !== 'stopped')) return
    this.#fixed = state
    this.#look()
  }

  #look(): void {
    this.#timer?.cancel()
    const before = this.#state
    this.#state = this.#fixed ?? stateOf(this.#facts)
    if (this.#fixed !== 'stopped') this.#timer = this.#clock.after(lookMs, () => this.#look())
    if (this.#state !== before) for (const listener of this.#listeners) listener(this.#state, before)
  }
}

function isHeldUp({ outage, parked }: TaskStatus): boolean {
  return outage !== undefined || parked !== undefined
}

function stateOf(facts: Facts): AppState {
  const tasks = facts.status()
  if (facts.waiting().length > 0 || tasks.some(isHeldUp)) return 'waiting'
  return tasks.every(task => task.state === 'running' || task.state === 'suspended') ? 'running' : 'restoring'
}
