import type { TopicDescription, TopicSpec } from '../../topology/broker/port.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { internalSegments, planTopics, settingOf } from '../../topology/runtime/topic-plan.ts'

/** A topic that a topology needs, beside what the cluster has. */
export interface TopicComparison {
  /** As `apply` would create it. */
  readonly wanted: TopicSpec
  /** Declared by the user, or one of the engine's own (changelog, repartition, dead letters). */
  readonly kind: 'declared' | 'internal'
  readonly exists: boolean
  /** All settings that hold for it on the cluster; empty when it does not exist. */
  readonly effective: Readonly<Record<string, string>>
  /** The settings that are not as wanted, with the remedy; empty when it fits or does not exist. */
  readonly differences: readonly string[]
}

/**
 * Every topic of a topology beside its state in the cluster. A partition count that nobody declared follows the cluster and is
 * never a difference; settings that the topology does not name are not looked at.
 *
 * Errors: TopologyError COPARTITION_MISMATCH when the declared counts contradict each other.
 */
export function compareTopics(
  graph: TopologyGraph,
  existing: readonly (TopicSpec | TopicDescription)[],
): readonly TopicComparison[] {
  const found = new Map(existing.map(spec => [spec.name, spec]))
  const declaredCount = (name: string) => graph.topics.get(name)?.partitions
  // Declared counts are used here even where the cluster differs: that difference is what we look for.
  const basis = [...graph.topics.keys()].flatMap(name => {
    const spec = found.get(name)
    return spec ? [{ ...spec, partitions: declaredCount(name) ?? spec.partitions }] : []
  })
  const plan = planTopics(graph, new Map(basis.map(spec => [spec.name, spec])))
  const compare = (kind: TopicComparison['kind']) => (wanted: TopicSpec) => {
    const has = found.get(wanted.name)
    // A declared topic is created with what the engine needs besides; one that exists is compared with its declaration alone.
    const held =
      kind === 'declared' ? { ...wanted, config: { ...graph.topics.get(wanted.name)?.config } } : settled(wanted)
    const differences = has ? differencesOf(held, has) : []
    return {
      wanted,
      kind,
      exists: has !== undefined,
      effective: has && 'effective' in has ? has.effective : {},
      differences,
    }
  }
  return [...plan.declared.map(compare('declared')), ...plan.internal.map(compare('internal'))]
}

/** An internal topic without its size of segments: one that was made before there was one is right all the same. */
function settled(wanted: TopicSpec): TopicSpec {
  const config = Object.entries(wanted.config).filter(([key, value]) => internalSegments[key as never] !== value)
  return { ...wanted, config: Object.fromEntries(config) }
}

/** Every topic name to ask the cluster for. */
export function topicNames(graph: TopologyGraph): readonly string[] {
  const { declared, internal } = planTopics(graph, new Map())
  return [...declared, ...internal].map(spec => spec.name)
}

function differencesOf(wanted: TopicSpec, has: TopicSpec): string[] {
  const differences: string[] = []
  if (has.partitions !== wanted.partitions) {
    const remedy =
      has.partitions > wanted.partitions
        ? `declare ${has.partitions}, or copy the records into a new topic`
        : 'copy the records into a new topic: adding partitions moves keys away from their state'
    differences.push(`has ${partitions(has.partitions)}, declared are ${wanted.partitions}: ${remedy}`)
  }
  for (const [key, value] of Object.entries(wanted.config)) {
    const holds = settingOf(has, key)
    if (holds === value) continue
    const set = holds === undefined ? 'is not set' : `is ${holds}`
    differences.push(`${key} ${set}, wanted is ${value}: run 'millrace topics apply --alter', or declare what is there`)
  }
  return differences
}

function partitions(count: number): string {
  return count === 1 ? '1 partition' : `${count} partitions`
}
