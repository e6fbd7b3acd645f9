import { jsonLog } from './json-log.ts'
import type { RunningWorker, WorkerSettings } from './worker-run.ts'
import { Seat } from './worker-seat.ts'

/**
 * Starts `count` threads, each a worker and a group member of its own. A thread that dies is replaced. Errors: the first
 * that a thread's start threw; the other threads are stopped then.
 */
export async function startThreads(settings: WorkerSettings, count: number): Promise<RunningWorker> {
  const log = jsonLog(settings.logLevel)
  const seats = Array.from({ length: count }, (_, index) => new Seat(`worker thread ${index + 1}`, settings, log))
  const stop = async () => {
    await Promise.all(seats.map(seat => seat.stop()))
  }
  const started = await Promise.allSettled(seats.map(seat => seat.start()))
  const refused = started.find(result => result.status === 'rejected')
  if (refused) {
    await stop()
    throw refused.reason
  }
  return {
    failed: Promise.race(seats.map(seat => seat.failed)),
    async status() {
      const all = await Promise.all(seats.map(seat => seat.status()))
      return { tasks: all.flatMap(one => one.tasks), waiting: all.flatMap(one => one.waiting) }
    },
    metrics: async () => (await Promise.all(seats.map(seat => seat.metrics()))).flat(),
    stop,
  }
}
