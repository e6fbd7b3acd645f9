import { systemClock } from '../../../topology/runtime/system-clock.ts'

/** The kernel is asked for the processor's time once in so many looks: it costs a microsecond. */
const looks = 64

/**
 * A clock for workers without servers: it shows the time in which the process worked or had nothing to do. A machine that is busy with something
 * else gives no other number of commits, and so no other work.
 */
export function ownTime(): typeof systemClock {
  let shown = 0
  let calls = 0
  const now = () => {
    if (calls++ % looks === 0) {
      const { user, system } = process.cpuUsage()
      shown = Math.floor((user + system) / 1_000 + performance.eventLoopUtilization().idle)
    }
    return shown
  }
  return { ...systemClock, now, monotonic: now }
}
