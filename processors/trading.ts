import { topology } from '../topology/definition/topology.ts'
import type { ExecutionConfig } from './domain/execution-config.ts'
import type { Limits } from './domain/limits.ts'
import { producers } from './domain/producer.ts'
import { executionSimWith } from './execution-sim.ts'
import { instrumentRiskWith } from './instrument-risk.ts'
import { portfolioRiskWith } from './portfolio-risk.ts'
import { reconciler } from './reconciler.ts'
import { byPortfolio } from './repartition.ts'
import { execution, limits } from './settings.ts'
import { portfolioSignals, signalsChecked } from './topics.ts'

/** The trading pipeline with settings of one's own; those of the files beside it where unset. */
export function trading(settings: { readonly limits?: Limits; readonly execution?: ExecutionConfig } = {}) {
  const limitsUsed = settings.limits ?? limits
  return topology('trading', t => {
    t.processor(instrumentRiskWith(limitsUsed))
    t.repartition({ name: producers.repartition, from: signalsChecked, to: portfolioSignals, by: byPortfolio })
    t.processor(portfolioRiskWith(limitsUsed))
    t.processor(executionSimWith(settings.execution ?? execution))
    t.processor(reconciler)
  })
}

/** The trading pipeline. The same stands in `trading.yaml`. */
export default trading()
