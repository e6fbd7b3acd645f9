import { isAsync } from '../async-function.ts'
import type { TopologyDefinition } from '../definition.ts'
import type { Problem } from '../problem.ts'

/** Async functions where nothing awaits them: extractors of event time, and the keys of declared repartitions. */
export function asyncProblems({ topics, nodes }: TopologyDefinition): readonly Problem[] {
  const patterns = nodes.flatMap(node => (node.kind === 'source' && node.pattern ? [node.pattern.like] : []))
  const extractors = [...topics, ...patterns]
    .filter(({ timestamp }) => isAsync(timestamp))
    .map(({ name }) => problem('topic', name, `the timestamp extractor of topic '${name}'`))
  const selectors = nodes.flatMap(node => {
    if (node.kind !== 'process' || node.operator !== 'repartition' || !(node.functions ?? []).some(isAsync)) return []
    return [{ ...problem('node', node.name, `'by' of repartition '${node.name}'`), ...(node.at && { at: node.at }) }]
  })
  return [...extractors, ...selectors]
}

function problem(kind: 'topic' | 'node', name: string, what: string): Problem {
  const message = `${what} is async, and its promise is never awaited: give it a function that returns its result at once`
  return { message, about: { kind, name } }
}
