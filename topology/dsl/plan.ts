import type { TopologyBuilder } from '../definition/builder.ts'
import { refuse } from '../definition/collected-errors.ts'
import type {
  FailurePolicy,
  NodeContext,
  NodeProcessor,
  ProcessNode,
  TopicPattern,
  UserFunction,
} from '../definition/definition.ts'
import { TopologyError } from '../definition/errors.ts'
import { repartitionTopic } from '../definition/naming.ts'
import type { FlowRecord } from '../definition/record.ts'
import type { Serde } from '../definition/serde.ts'
import { string } from '../definition/serdes/primitives.ts'
import type { AnyTopic } from '../definition/topic.ts'
import { policyFault } from '../definition/validation/failure-policy.ts'
import { atOnce, type Partitioner, refuseAsync } from './functions.ts'
import { passOn } from './late-output.ts'
import type { Makers } from './makers.ts'

/** A process node that is being declared: as `ProcessNode`, with the common parts optional. */
export type Operator = Omit<ProcessNode, 'kind' | 'stores'> & {
  readonly stores?: readonly string[]
  /** True if the records it hands on keep their key and time, so that its children's reads can be asked for with its own. */
  readonly keepsKey?: boolean
}

/** The operators that await what the user's function returns. */
const awaiting: ReadonlySet<string> = new Set(['process', 'peek', 'for-each', 'transform-values'])

/** The keys that nodes read for a record, by store name: split keys, or leading parts of them. */
type Reads = Readonly<Record<string, readonly (readonly unknown[])[]>>

/** The options with which a repartition topic is written. */
export interface RepartitionOptions {
  readonly parents: readonly string[]
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly partitions?: number
  /** Name of the sub-topology that reads it. */
  readonly subtopology?: string
  readonly partition?: (record: FlowRecord, partitions: number) => number
  /** The user's, in place of `partition`. */
  readonly partitioner?: Partitioner<never, never>
}

/**
 * The nodes of one topology into which streams and tables are compiled. A node that owns data has the name that the user gave;
 * the others are named after their parent, so that adding one never renames what owns data.
 */
export class Plan {
  readonly builder: TopologyBuilder
  readonly makers: Makers
  readonly #used = new Map<string, number>()
  readonly #sources = new Set<string>()
  readonly #children = new Map<string, Operator[]>()
  readonly #policies = new Map<string, FailurePolicy>()

  constructor(builder: TopologyBuilder, makers: Makers) {
    this.builder = builder
    this.makers = makers
  }

  /** Shape: `streams/lines/filter`, then `streams/lines/filter-2`. */
  nameFor(parent: string, operator: string): string {
    const base = `${parent}/${operator}`
    const count = (this.#used.get(base) ?? 0) + 1
    this.#used.set(base, count)
    return count === 1 ? base : `${base}-${count}`
  }

  /**
   * The name of an operator that keeps a store: the store's, unless the repartition before it took that one already.
   * Shape: `word-counts`, or `word-counts/aggregate`.
   */
  keeperName(store: string, parent: string, operator: string): string {
    return parent === store ? this.nameFor(store, operator) : store
  }

  /** The source node of topics, made once for each role and sub-topology. Shape of its name: `streams/lines`, `streams/lines+words`. */
  source(topics: readonly AnyTopic[], role: 'stream' | 'table', subtopology?: string): string {
    const names = [...new Set(topics.map(topic => topic.name))]
    const name = `${subtopology === undefined ? '' : `${subtopology}/`}${role}s/${names.join('+')}`
    for (const topic of topics) this.builder.addTopic(topic)
    if (this.#sources.has(name)) return name
    this.#sources.add(name)
    this.builder.addNode({ kind: 'source', name, topics: names, role, ...(subtopology && { subtopology }) })
    return name
  }

  /** The source node of the topics that match. Shape of its name: `orders/streams/^orders\\.`. */
  patternSource(pattern: TopicPattern, subtopology: string): string {
    const name = this.nameFor(subtopology, `streams/${pattern.match.source}`)
    this.builder.addNode({ kind: 'source', name, topics: [], role: 'stream', pattern, subtopology })
    return name
  }

  /**
   * Adds a node behind `parent` of which all nodes behind it take the policy. Returns its name.
   * Errors: TopologyError TOPOLOGY_INVALID for a policy that cannot be followed.
   */
  underPolicy(parent: string, policy: FailurePolicy): string {
    const fault = policyFault(policy)
    if (fault) {
      refuse(new TopologyError('TOPOLOGY_INVALID', `failure policy behind '${parent}': ${fault}`))
      return parent
    }
    const name = this.nameFor(parent, 'on-error')
    this.#policies.set(name, policy)
    return this.process({ name, operator: 'on-error', parents: [parent], keepsKey: true, create: passOn })
  }

  /** The policy of a node, which is that of the first of its parents that has one. For what is added to the builder. */
  failureOf(name: string, parents: readonly string[]): { readonly failure?: FailurePolicy } {
    const failure = [name, ...parents].map(each => this.#policies.get(each)).find(policy => policy !== undefined)
    if (failure === undefined) return {}
    this.#policies.set(name, failure)
    return { failure }
  }

  /** Adds a process node and returns its name. */
  process(operator: Operator): string {
    const { keepsKey = false, ...definition } = operator
    if (!awaiting.has(operator.operator)) refuseAsync(operator.name, operator.functions ?? [])
    for (const parent of operator.parents) this.#children.set(parent, [...(this.#children.get(parent) ?? []), operator])
    const reads = operator.prefetch || keepsKey
    const prefetch = (record: FlowRecord) => this.#reads(operator, record)
    const failure = this.failureOf(operator.name, operator.parents)
    this.builder.addNode({ kind: 'process', stores: [], ...failure, ...definition, ...(reads && { prefetch }) })
    return operator.name
  }

  /** The rows that the operator reads for a record, with those of the operators behind it that get the same key. */
  #reads(operator: Operator, record: FlowRecord): Reads {
    const own = operator.prefetch?.(record) ?? {}
    const children = (operator.keepsKey && this.#children.get(operator.name)) || []
    return children.reduce((all, child) => together(all, this.#reads(child, record)), own)
  }

  /** Adds a process node without state under a derived name. */
  stateless(
    parent: string,
    operator: string,
    functions: ProcessNode['functions'],
    create: (context: NodeContext) => NodeProcessor,
    keepsKey = false,
  ): string {
    const name = this.nameFor(parent, operator)
    return this.process({ name, operator, parents: [parent], ...(functions && { functions }), keepsKey, create })
  }

  /** Adds a sink and returns its name. */
  sink(parent: string, topic: AnyTopic, partitioner?: Partitioner<never, never>): string {
    this.builder.addTopic(topic)
    const name = this.nameFor(parent, `to/${topic.name}`)
    this.builder.addNode({
      kind: 'sink',
      name,
      parents: [parent],
      topic: topic.name,
      ...this.partitionBy(name, partitioner),
      ...this.failureOf(name, [parent]),
    })
    return name
  }

  /** The parts of a sink that chooses partitions by the user's function. Errors: TopologyError TOPOLOGY_INVALID for an async one. */
  partitionBy(
    name: string,
    partitioner: Partitioner<never, never> | undefined,
    functions: readonly UserFunction[] = [],
  ) {
    if (partitioner === undefined) return functions.length > 0 ? { functions } : {}
    refuseAsync(name, [partitioner])
    return {
      functions: [...functions, partitioner],
      partition: (record: FlowRecord, partitions: number): number =>
        atOnce(partitioner(record.value as never, record.key as never, partitions, record as FlowRecord<never, never>)),
    }
  }

  /** Writes the records to `<app>-<name>-repartition` and reads them again. Returns the name. */
  repartition(name: string, options: RepartitionOptions): string {
    const topic = repartitionTopic(this.builder.name, name)
    const { parents, key, value, partitions, partition, partitioner, subtopology } = options
    this.builder.addTopic({ kind: 'topic', name: topic, key, value, ...(partitions !== undefined && { partitions }) })
    this.builder.addNode({
      kind: 'repartition',
      name,
      parents,
      topic,
      ...(partition && { partition }),
      ...this.partitionBy(name, partitioner),
      ...(subtopology && { subtopology }),
      ...this.failureOf(name, parents),
    })
    return name
  }
}

function together(one: Reads, two: Reads): Reads {
  const all: Record<string, readonly (readonly unknown[])[]> = { ...one }
  for (const [store, keys] of Object.entries(two)) all[store] = [...(all[store] ?? []), ...keys]
  return all
}

/** The serde; a stand-in where errors are collected. Errors: TopologyError TOPOLOGY_INVALID, which says where to state it. */
export function requireSerde<T>(
  serde: Serde<T> | undefined,
  part: 'key' | 'value',
  reader: string,
  writer: string,
): Serde<T> {
  if (serde !== undefined) return serde
  refuse(
    new TopologyError(
      'TOPOLOGY_INVALID',
      `'${reader}' must write the ${part} that comes from '${writer}', whose serde is not known: state it where the ${part} is made, as { ${part}: <serde> }`,
    ),
  )
  return string as Serde<unknown> as Serde<T>
}
