import { executionSim } from '../../../processors/execution-sim.ts'
import * as live from '../../../processors/topics.ts'
import { type AnyTopic, buildGraph, processor, topology } from '../../../topology/index.ts'

/*
 * The part of the pipeline that `smoke` runs, on topics and in an application of its own: its registrations, orders and fills are
 * in no book of the live pipeline.
 */

export const instrumentRegistered = ofSmoke(live.instrumentRegistered)
export const tradesApproved = ofSmoke(live.tradesApproved)
export const ordersPlaced = ofSmoke(live.ordersPlaced)
export const ordersFills = ofSmoke(live.ordersFills)

/** The simulator, with approvals as its only input. */
export const smokeSim = {
  ...executionSim,
  streams: [tradesApproved],
  sinks: { placed: ordersPlaced, fills: ordersFills },
} as unknown as typeof executionSim

/** It makes the topic of registrations a part of the topology, and is never run. */
const registrations = processor({ name: 'registrations', streams: [instrumentRegistered], process() {} })

/** The topology of `smoke`. */
export const smokeTopology = topology('trading-smoke', t => {
  t.processor(smokeSim)
  t.processor(registrations)
})

/** The same, built. */
export const smokeGraph = buildGraph(smokeTopology)

/** The Postgres schema of its tables, beside that of the live ones. Unset: `public`. */
export function smokeSchema(schema = 'public'): string {
  return `${schema}_smoke`
}

function ofSmoke<T extends AnyTopic>(topic: T): T {
  return { ...topic, name: `smoke.${topic.name}` }
}
