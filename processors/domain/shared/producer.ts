/** The names of the processors, as producers of events inside the topology. */
export const producers = {
  instrumentRisk: 'instrument-risk',
  repartition: 'repartition',
  portfolioRisk: 'portfolio-risk',
  executionSim: 'execution-sim',
  reconciler: 'reconciler',
} as const

/** A name out of `producers`. */
export type ProducerName = (typeof producers)[keyof typeof producers]
