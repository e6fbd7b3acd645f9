import type { NodeDefinition, SourceLocation, TopologyDefinition } from './definition.ts'
import type { AnyStore } from './store.ts'
import type { AnyTopic } from './topic.ts'

/**
 * Collects the parts of a topology. Every front end (processors, streams and tables, YAML) adds to it; it checks nothing,
 * so that `buildGraph` can report every problem at once.
 */
export class TopologyBuilder {
  /** The application id. */
  readonly name: string
  readonly #topics = new Set<AnyTopic>()
  readonly #stores = new Set<AnyStore>()
  readonly #nodes: NodeDefinition[] = []
  #place: SourceLocation | undefined

  constructor(name: string) {
    this.name = name
  }

  /** Adds a topic; the same value twice is one. */
  addTopic(topic: AnyTopic): void {
    this.#topics.add(topic)
  }

  /** Adds a store; the same value twice is one. */
  addStore(store: AnyStore): void {
    this.#stores.add(store)
  }

  /** Adds a node; one without a location gets the place that was set last. */
  addNode(node: NodeDefinition): void {
    const at = node.at ?? this.#place
    this.#nodes.push(at ? { ...node, at } : node)
  }

  /** Sets the place in which the following nodes were written. */
  setPlace(place: SourceLocation | undefined): void {
    this.#place = place
  }

  /** The parts collected so far, as data. */
  definition(): TopologyDefinition {
    return {
      kind: 'topology',
      name: this.name,
      topics: [...this.#topics],
      stores: [...this.#stores],
      nodes: [...this.#nodes],
    }
  }
}
