import type { Subtopology } from '../definition/graph.ts'
import { Breaker } from './breaker.ts'
import type { CommitReport } from './commit-report.ts'
import { policyOf } from './node-failure.ts'
import { Refusals } from './refusals.ts'
import type { ProcessingEnvironment } from './task-environment.ts'

/** The knowledge that the tasks of a partition leave behind for the next one on this member. */
export class TaskHistory {
  /** Records that the broker has refused to them. */
  readonly refusals = new Refusals()
  /** The outcomes of their last records. */
  readonly breaker: Breaker
  /** A commit without an answer: opening the next task shows its outcome. */
  unsettled: CommitReport | undefined

  constructor(subtopology: Pick<Subtopology, 'nodes'>, settings: Pick<ProcessingEnvironment['settings'], 'breaker'>) {
    const limits = subtopology.nodes.map(node => policyOf(node)?.breaker).find(own => own !== undefined)
    this.breaker = new Breaker(limits ?? settings.breaker)
  }
}
