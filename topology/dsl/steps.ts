import { type Awaitable, isPromise } from '../definition/record.ts'

/**
 * Work with many reads, written top to bottom: `const entry = yield* wait(table.get(key))`. It runs synchronously as long
 * as every read does, and costs promises only when Postgres must be asked.
 */
export type WaitingSteps<R = void> = Generator<Promise<unknown>, R, unknown>

/** The value, after its promise when it is one. It costs a generator: hot paths look for a promise themselves before they call it. */
export function* wait<T>(value: Awaitable<T>): WaitingSteps<T> {
  return isPromise(value) ? ((yield value) as T) : value
}

/** Runs the steps to their end. */
export function runSteps<R>(steps: WaitingSteps<R>): Awaitable<R> {
  const step = steps.next()
  return step.done ? step.value : finish(steps, step.value)
}

async function finish<R>(steps: WaitingSteps<R>, first: Promise<unknown>): Promise<R> {
  let pending = first
  for (;;) {
    const step = await pending.then(
      value => steps.next(value),
      error => steps.throw(error),
    )
    if (step.done) return step.value
    pending = step.value
  }
}
