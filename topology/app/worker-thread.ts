import { parentPort, workerData } from 'node:worker_threads'
import { FatalError, MillraceError, messageOf } from '../definition/errors.ts'
import { type RunningWorker, startWorker, type WorkerSettings } from './worker-run.ts'
import type { FromThread, ToThread } from './worker-seat.ts'

/** The body of a worker thread: starts a worker, answers the main thread, ends when told. */
export async function workerThread(): Promise<void> {
  const port = parentPort!
  const say = (message: FromThread) => port.postMessage(message)
  const fail = (error: unknown) => say({ kind: 'failed', error: wired(error).toWire() })
  let worker: RunningWorker
  try {
    worker = await startWorker(workerData as WorkerSettings)
  } catch (error) {
    return fail(error)
  }
  say({ kind: 'started' })
  void worker.failed.then(fail)
  port.on('message', async (message: ToThread) => {
    if (message.kind === 'report')
      return say({ kind: 'report', status: await worker.status(), metrics: await worker.metrics() })
    await worker.stop()
    say({ kind: 'stopped' })
  })
}

function wired(error: unknown): MillraceError {
  return error instanceof MillraceError ? error : new FatalError('INTERNAL', messageOf(error), { cause: error })
}
