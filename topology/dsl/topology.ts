import { TopologyBuilder } from '../definition/builder.ts'
import { collectErrors } from '../definition/collected-errors.ts'
import type { TopologyDefinition } from '../definition/definition.ts'
import { problemsOf } from '../definition/graph.ts'
import { topologyError } from '../definition/problem.ts'
import type { AnyProcessor } from '../definition/processor.ts'
import { addProcessor } from '../definition/processor-nodes.ts'
import type { FlowRecord } from '../definition/record.ts'
import { addRepartition } from '../definition/repartition-nodes.ts'
import type { Topic } from '../definition/topic.ts'
import { type StreamsScope, streamsScope } from './entry.ts'

/** The methods with which the callback of `topology` declares the parts of a topology. */
export interface TopologyScope extends StreamsScope {
  /** Adds a processor: its topics, stores and sinks come with it. */
  processor(processor: AnyProcessor): void
  /** Adds a worker that writes the records of one topic to another under a new key, so that tasks are split anew. */
  repartition<K, V, K2>(options: {
    readonly name: string
    readonly from: Topic<string, K, V>
    readonly to: Topic<string, K2, V>
    readonly by: (record: FlowRecord<K, V>) => K2
  }): void
}

/**
 * Declares a topology under an application id. What the operators refuse is collected, and thrown at the end together with every
 * problem of the graph; where they refuse nothing, the code that runs the topology calls `buildGraph`, which reports those.
 *
 * Errors: TopologyError, which lists every problem.
 */
export function topology(name: string, declare: (t: TopologyScope) => void): TopologyDefinition {
  const builder = new TopologyBuilder(name)
  const { result, errors } = collectErrors(() => {
    declare({
      ...streamsScope(builder),
      processor: processor => addProcessor(builder, processor),
      repartition: options => addRepartition(builder, { kind: 'repartition', ...options }),
    })
    return 'complete'
  })
  const definition = builder.definition()
  const [first, second] = errors
  if (first === undefined) return definition
  const found = problemsOf(definition).filter(({ ofWhole }) => result === 'complete' || !ofWhole)
  if (second === undefined && found.length === 0) throw first
  throw topologyError(`topology '${name}'`, [...errors.map(({ message }) => ({ message })), ...found])
}
