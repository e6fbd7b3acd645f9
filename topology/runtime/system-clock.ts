import { setMaxListeners } from 'node:events'
import type { Clock } from '../definition/clock.ts'

/** The real clock: the only place that reads the time and random numbers. A sleep keeps the process alive, `after` does not. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  sleep,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref()
    return { cancel: () => clearTimeout(timer) }
  },
  yield: () => new Promise(resolve => setImmediate(resolve)),
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    // Otherwise Node warns of a leak when more than ten wait for one signal, as the tasks of a worker may.
    if (signal) setMaxListeners(0, signal)
    const wake = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal?.addEventListener('abort', wake, { once: true })
  })
}
