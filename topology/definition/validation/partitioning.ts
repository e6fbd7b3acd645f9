import type { TopologyDefinition } from '../definition.ts'
import { partitionCounts } from '../partitions.ts'
import type { Problem } from '../problem.ts'
import { type GraphPart, inputTopics } from '../subtopology.ts'

/**
 * Inputs that share a task must have equal partition counts, or records of one key meet in different tasks. Declared counts
 * are compared here; those of the cluster when a worker starts (COPARTITION_MISMATCH).
 */
export function partitioningProblems(definition: TopologyDefinition, parts: readonly GraphPart[]): readonly Problem[] {
  const counts = partitionCounts(definition, parts)
  return parts.flatMap(part => {
    const inputs = [...new Set(part.entries.flatMap(inputTopics))].filter(topic => counts.has(topic)).sort()
    const highest = Math.max(...inputs.map(topic => counts.get(topic)!))
    const lower = inputs.filter(topic => counts.get(topic)! < highest)
    if (lower.length === 0) return []
    const all = inputs.map(topic => `'${topic}' has ${counts.get(topic)}`).join(', ')
    const remedy = `repartition ${lower.map(topic => `'${topic}'`).join(' and ')} to ${highest}, or declare equal counts`
    const message = `inputs of sub-topology '${part.name}' have different partition counts (${all}): ${remedy}`
    const at = part.entries.find(entry => inputTopics(entry).some(topic => lower.includes(topic)))?.at
    return [{ message, about: { kind: 'topic', name: lower[0]! }, ...(at && { at }) }]
  })
}
