import { TopologyError } from './errors.ts'
import type { Subtopology, TopologyGraph } from './graph.ts'
import { didYouMean } from './suggestion.ts'

/**
 * The sub-topologies of those names, each once; all of them for no name. Users call them processors.
 * Errors: TopologyError TOPOLOGY_INVALID, which lists every name that the topology does not have.
 */
export function chooseProcessors(graph: TopologyGraph, names: readonly string[]): readonly Subtopology[] {
  if (names.length === 0) return graph.subtopologies
  const known = graph.subtopologies.map(sub => sub.name)
  const unknown = [...new Set(names)].filter(name => !known.includes(name))
  if (unknown.length > 0)
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      `topology '${graph.definition.name}' has no processor ${unknown.map(name => `'${name}'${didYouMean(name, known)}`).join(', ')}: choose among ${known.join(', ')}`,
    )
  // One named twice would be two members, of which one would commit under the other's generation.
  return [...new Set(names)].map(name => graph.subtopologies.find(sub => sub.name === name)!)
}
