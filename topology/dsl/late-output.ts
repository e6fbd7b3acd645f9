import type { NodeContext } from '../definition/definition.ts'
import type { Awaitable, FlowRecord } from '../definition/record.ts'
import type { AnyTopic } from '../definition/topic.ts'
import type { Plan } from './plan.ts'

/** The children that get a windowed operator's results and its late records: by name, or all of them. */
export interface Outlets {
  readonly results: string | undefined
  readonly late: string | undefined
}

/** Without a late topic all children get the results; with one they are behind a node of their own. */
export function outletsOf(store: string, late: AnyTopic | undefined): Outlets {
  return late ? { results: `${store}/results`, late: `${store}/late` } : { results: undefined, late: undefined }
}

/**
 * Adds the late sink and the results' node behind the store's operators, where there is a late topic or more than one of
 * them. Returns the node whose output is the results.
 */
export function addOutlets(plan: Plan, store: string, nodes: readonly string[], late: AnyTopic | undefined): string {
  const [only, ...others] = nodes as [string, ...string[]]
  const { results, late: sink } = outletsOf(store, late)
  if (late === undefined || results === undefined || sink === undefined)
    return others.length === 0
      ? only
      : plan.process({ name: store, operator: 'cogroup', parents: nodes, keepsKey: true, create: passOn })
  plan.builder.addTopic(late)
  plan.builder.addNode({ kind: 'sink', name: sink, parents: nodes, topic: late.name, ...plan.failureOf(sink, nodes) })
  return plan.process({ name: results, operator: 'results', parents: nodes, create: passOn })
}

/** Leaves a late record out: counted, and handed to the late topic where there is one. */
export function leaveOut(context: NodeContext, outlets: Outlets, record: FlowRecord): Awaitable<void> {
  context.skip('late')
  if (outlets.late !== undefined) return context.forward(record, outlets.late)
}

/** A node that hands records on as they are. */
export function passOn(context: NodeContext) {
  return { process: (record: FlowRecord) => context.forward(record) }
}
