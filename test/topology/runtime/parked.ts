import * as assert from 'uvu/assert'
import type { Parked } from '../../../topology/runtime/parked-tasks.ts'
import type { Worker } from '../../../topology/runtime/worker.ts'
import type { VirtualClock } from '../../../topology/testing/virtual-clock.ts'

/** Lets time pass until a task of the worker is parked. */
export async function parkedIn(worker: Pick<Worker, 'status'>, clock: VirtualClock): Promise<Parked> {
  for (let looks = 0; looks < 600; looks++) {
    const parked = worker.status().find(task => task.parked)?.parked
    if (parked) return parked
    await clock.advance(100)
  }
  assert.unreachable('no task was parked in a minute')
  throw new Error()
}
