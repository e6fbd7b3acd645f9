import { setTimeout as sleep } from 'node:timers/promises'
import type { CommitPoint } from '../../../topology/runtime/commit.ts'

/** The points of a commit at which a chaos run kills a worker, in their order. */
export const commitPoints = [
  'begun',
  'produced',
  'offsets-sent',
  'before-end',
  'end-sent',
  'committed',
  'applying',
  'applied',
] as const satisfies readonly CommitPoint[]

/** The form of a kill point. Shape: `end-sent:3`. */
const killPointPattern = new RegExp(`^(${commitPoints.join('|')}):[1-9]\\d{0,5}$`)

/** The delay before a kill at a statement, so that the driver has sent it. Units: ms. */
const underWayMs = 2

/**
 * Kills this process by SIGKILL when a commit of any of its tasks reaches the point for the nth time.
 * Shape: `killAt('end-sent:3')`. Errors: a text of another form, with the points that there are.
 */
export function killAt(where: string): (task: unknown, point: CommitPoint) => void | Promise<void> {
  if (!killPointPattern.test(where))
    throw new Error(`'${where}' must be <point>:<count>, the point one of ${commitPoints.join(', ')}`)
  const [wanted, count] = where.split(':')
  let left = Number(count)
  return (_, point) => {
    if (point !== wanted || --left !== 0) return
    return point === 'applying' ? sleep(underWayMs).then(die) : die()
  }
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
