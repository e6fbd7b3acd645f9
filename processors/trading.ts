import { topology } from '../topology/index.ts'
import type { ExecutionConfig } from './domain/execution/execution-config.ts'
import type { Limits } from './domain/risk/limits.ts'
import { producers } from './domain/shared/producer.ts'
import { executionSim, executionSimWith } from './execution-sim.ts'
import { instrumentRisk, instrumentRiskWith } from './instrument-risk.ts'
import { portfolioRisk, portfolioRiskWith } from './portfolio-risk.ts'
import { reconciler } from './reconciler.ts'
import { byPortfolio } from './repartition.ts'
import { portfolioSignals, signalsChecked } from './topics.ts'

/** The trading pipeline with settings of one's own; unset ones come from the files beside this one. */
export function trading({
  limits,
  execution,
}: {
  readonly limits?: Limits
  readonly execution?: ExecutionConfig
} = {}) {
  return topology('trading', t => {
    t.processor(limits ? instrumentRiskWith(limits) : instrumentRisk)
    t.repartition({ name: producers.repartition, from: signalsChecked, to: portfolioSignals, by: byPortfolio })
    t.processor(limits ? portfolioRiskWith(limits) : portfolioRisk)
    t.processor(execution ? executionSimWith(execution) : executionSim)
    t.processor(reconciler)
  })
}

/** The trading pipeline. `trading.yaml` declares the same one. */
export default trading()
