import { TopologyError } from '../definition/errors.ts'
import { jsonLog } from './json-log.ts'
import type { RunningWorker, WorkerSettings } from './worker-run.ts'
import { Seat } from './worker-seat.ts'

/**
 * Starts `count` threads, each a worker and a group member of its own. A thread that dies is replaced. Errors: the first
 * that a thread's start threw; the other threads are stopped then. TopologyError CONFIG_INVALID for OAuth at Kafka: its tokens
 * come from a function, which no thread can be given.
 */
export async function startThreads(settings: WorkerSettings, count: number): Promise<RunningWorker> {
  if (settings.kafka.sasl?.mechanism === 'oauthbearer')
    throw new TopologyError(
      'CONFIG_INVALID',
      'the OAuth token of the Kafka connection comes from a function, which cannot be handed to worker threads: use --threads=1, and more processes',
    )
  const log = jsonLog(settings.logLevel, 'worker')
  const seats = Array.from({ length: count }, (_, index) => {
    const instanceId = settings.instanceId && `${settings.instanceId}-${index + 1}`
    return new Seat(`worker thread ${index + 1}`, { ...settings, instanceId }, log)
  })
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
      const expected = [...new Set(all.flatMap(one => one.expected))]
      const unread = new Map(all.flatMap(one => one.unread ?? []).map(one => [JSON.stringify(one), one]))
      return {
        tasks: all.flatMap(one => one.tasks),
        waiting: all.flatMap(one => one.waiting),
        expected,
        unread: [...unread.values()],
      }
    },
    metrics: async () => (await Promise.all(seats.map(seat => seat.metrics()))).flat(),
    stop,
  }
}
