import type { SourceNode, TopicPattern, TopologyDefinition } from './definition.ts'
import { TopologyError } from './errors.ts'
import { isInternalTopic } from './naming.ts'

/** Names of topics that no pattern means: Kafka's own, and dead letters with their states. */
const neverMeant = /^__|\.dlq(\.state)?$/

/** True when a source of the topology reads topics by a pattern. */
export function hasPatterns(definition: TopologyDefinition): boolean {
  return definition.nodes.some(node => patternOf(node) !== undefined)
}

/**
 * The definition with the topics that its patterns match, among those names and the topics that it declares itself. Topics of Kafka, dead
 * letters and internal topics of the application are never meant. A definition without patterns is itself.
 */
export function resolvePatterns(given: TopologyDefinition, names: Iterable<string>): TopologyDefinition {
  const definition = given.declared ?? given
  if (!hasPatterns(definition)) return definition
  const declared = new Set(definition.topics.map(({ name }) => name))
  const candidates = [...new Set([...names, ...declared])].filter(
    name => !neverMeant.test(name) && !isInternalTopic(definition.name, name),
  )
  const found = new Map<string, TopicPattern['like']>()
  const nodes = definition.nodes.map(node => {
    const pattern = patternOf(node)
    if (pattern === undefined) return node
    const topics = candidates.filter(name => matches(pattern, name)).sort()
    for (const name of topics) if (!declared.has(name) && !found.has(name)) found.set(name, { ...pattern.like, name })
    return { ...node, topics } as SourceNode
  })
  return { ...definition, topics: [...definition.topics, ...found.values()], nodes, declared: definition }
}

/** As `resolvePatterns`, for what is to run. Errors: TopologyError TOPIC_MISSING when a pattern matches no topic. */
export function resolvedToRun(given: TopologyDefinition, names: Iterable<string>): TopologyDefinition {
  const definition = resolvePatterns(given, names)
  for (const node of definition.nodes) {
    const pattern = patternOf(node)
    if (pattern === undefined || (node as SourceNode).topics.length > 0) continue
    throw new TopologyError(
      'TOPIC_MISSING',
      `no topic matches ${pattern.like.name}, which '${node.name}' reads: create one, or correct the pattern`,
    )
  }
  return definition
}

function patternOf(node: TopologyDefinition['nodes'][number]): TopicPattern | undefined {
  return node.kind === 'source' ? node.pattern : undefined
}

function matches({ match }: TopicPattern, name: string): boolean {
  // A sticky or global expression would remember where it was.
  return new RegExp(match.source, match.flags.replace(/[gy]/g, '')).test(name)
}
