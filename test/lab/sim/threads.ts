import { Worker as Thread } from 'node:worker_threads'
import { FatalError } from '../../../topology/definition/errors.ts'
import type { SimSource } from './source.ts'
import type { SimAnswer, SimTask } from './thread.ts'

const entry = new URL('./sim-thread.mjs', import.meta.url)

/** Room for what a seed allocates: with less, most of the time goes to collecting it. Units: MiB. */
const resourceLimits = { maxYoungGenerationSizeMb: 128 }

/**
 * Has threads work on tasks, each taking the next one when it is done. `answered` is called with each answer; the work ends
 * early when that returns false. Errors: FatalError INTERNAL when a thread failed.
 */
export async function onThreads(
  source: SimSource,
  count: number,
  tasks: Iterable<SimTask>,
  answered: (answer: SimAnswer) => boolean,
): Promise<void> {
  const queue = tasks[Symbol.iterator]()
  let going = true
  const work = async () => {
    const thread = new Thread(entry, { workerData: source, resourceLimits })
    try {
      for (let next = queue.next(); going && !next.done; next = queue.next()) {
        const answer = await ask(thread, next.value)
        if (answer.kind === 'failed') throw new FatalError('INTERNAL', `the simulation failed: ${answer.message}`)
        going = going && answered(answer)
      }
    } finally {
      await thread.terminate()
    }
  }
  await Promise.all(Array.from({ length: count }, work))
}

function ask(thread: Thread, task: SimTask): Promise<SimAnswer> {
  return new Promise((resolve, reject) => {
    const answered = (answer: SimAnswer) => {
      thread.off('error', failed)
      resolve(answer)
    }
    const failed = (error: unknown) => {
      thread.off('message', answered)
      reject(error)
    }
    thread.once('message', answered)
    thread.once('error', failed)
    thread.postMessage(task)
  })
}
