import type {
  NodeDefinition,
  ProcessNode,
  RepartitionNode,
  SinkNode,
  SourceNode,
  TopologyDefinition,
} from '../../../topology/definition/definition.ts'
import { repartitionTopic } from '../../../topology/definition/naming.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import type { AnyStore } from '../../../topology/definition/store.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { type AnyTopic, type TopicOptions, topic } from '../../../topology/definition/topic.ts'

/** Small parts to build definitions of in tests. */
export function lines(name: string, options: TopicOptions = {}): AnyTopic {
  return topic(name, { key: string, value: string, ...options })
}

export function counts(name: string): AnyStore {
  return keyValueStore(name, { key: string, value: int64 })
}

export function source(name: string, topics: string[], more: Partial<SourceNode> = {}): SourceNode {
  return { kind: 'source', name, topics, role: 'stream', ...more }
}

export function work(name: string, parents: string[], more: Partial<ProcessNode> = {}): ProcessNode {
  const create = () => ({ process: () => undefined })
  return { kind: 'process', name, parents, stores: [], operator: 'map', create, ...more }
}

export function sink(name: string, parents: string[], to: SinkNode['topic'], more: Partial<SinkNode> = {}): SinkNode {
  return { kind: 'sink', name, parents, topic: to, ...more }
}

/** A repartition of the application `app`. */
export function repartition(name: string, parents: string[]): RepartitionNode {
  return { kind: 'repartition', name, parents, topic: repartitionTopic('app', name) }
}

export function definition(
  topics: AnyTopic[],
  stores: AnyStore[],
  nodes: NodeDefinition[],
  name = 'app',
): TopologyDefinition {
  return { kind: 'topology', name, topics, stores, nodes }
}
