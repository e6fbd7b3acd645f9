import { Worker as Thread } from 'node:worker_threads'
import { FatalError, messageOf } from '../../topology/definition/errors.ts'
import type { FirstFailure, FirstFailureTask, SeedsDone, SeedsTask, SimAnswer, SimTask } from './thread.ts'

/** The entry of a thread, a module that calls `simThread`, and the data that it opens its source by. */
export interface SimThread {
  readonly entry: URL
  readonly source: unknown
}

/** Room for what a seed allocates: with less, most of the time goes to collecting it. Units: MiB. */
const resourceLimits = { maxYoungGenerationSizeMb: 128 }

/**
 * Has threads work on stretches of seeds, each taking the next one when it is done. `answered` is called with each answer; the
 * work ends early when that returns false. Errors: FatalError INTERNAL when a thread failed.
 */
export async function onThreads(
  { entry, source }: SimThread,
  count: number,
  tasks: Iterable<SeedsTask>,
  answered: (answer: SeedsDone) => boolean,
): Promise<void> {
  const queue = tasks[Symbol.iterator]()
  let going = true
  const work = async () => {
    const thread = new Thread(entry, { workerData: source, resourceLimits })
    try {
      for (let next = queue.next(); going && !next.done; next = queue.next()) {
        const answer = (await ask(thread, next.value)) as SeedsDone
        going = going && answered(answer)
      }
    } finally {
      await thread.terminate()
    }
  }
  await Promise.all(Array.from({ length: count }, work))
}

/**
 * Has one new thread look for a seed that fails. `entry` is the thread's entry in the sources that are simulated, such as a
 * copy of these. Errors: FatalError INTERNAL when the thread failed.
 */
export async function firstFailureIn({ entry, source }: SimThread, task: FirstFailureTask): Promise<FirstFailure> {
  const thread = new Thread(entry, { workerData: source, resourceLimits })
  try {
    return (await ask(thread, task)) as FirstFailure
  } finally {
    await thread.terminate()
  }
}

/** The answer to a task, which is of the task's kind. */
function ask(thread: Thread, task: SimTask): Promise<Exclude<SimAnswer, { readonly kind: 'failed' }>> {
  return new Promise((resolve, reject) => {
    const answered = (answer: SimAnswer) => {
      thread.off('error', failed)
      if (answer.kind === 'failed') reject(failure(answer.message))
      else resolve(answer)
    }
    const failed = (error: unknown) => {
      thread.off('message', answered)
      reject(failure(messageOf(error), error))
    }
    thread.once('message', answered)
    thread.once('error', failed)
    thread.postMessage(task)
  })
}

function failure(message: string, cause?: unknown): FatalError {
  return new FatalError('INTERNAL', `the simulation failed: ${message}`, { cause })
}
