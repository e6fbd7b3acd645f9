import type { NodeSnapshot, TopologySnapshot } from '../snapshot.ts'
import type { Change } from './change.ts'

/** Process nodes that come, go or work otherwise. They own nothing, so nothing is lost by it. */
export function operatorChanges(old: TopologySnapshot, next: TopologySnapshot): readonly Change[] {
  const [before, after] = [operators(old), operators(next)]
  const subject = (name: string) => ({ kind: 'operator', name }) as const
  return [
    ...Object.keys(before).flatMap((name): Change[] => {
      const node = after[name]
      if (!node) return [{ effect: 'removed', subject: subject(name), message: `operator '${name}' is removed` }]
      const message = alteration(name, before[name]!, node)
      return message === undefined ? [] : [{ effect: 'changed', subject: subject(name), message }]
    }),
    ...Object.keys(after)
      .filter(name => !(name in before))
      .map((name): Change => ({ effect: 'added', subject: subject(name), message: `operator '${name}' is new` })),
  ]
}

function operators({ nodes }: TopologySnapshot): Readonly<Record<string, NodeSnapshot>> {
  return Object.fromEntries(Object.entries(nodes).filter(([, node]) => node.kind === 'process'))
}

function alteration(name: string, before: NodeSnapshot, after: NodeSnapshot): string | undefined {
  if (before.operator !== after.operator)
    return `operator '${name}' is a ${after.operator} instead of a ${before.operator}`
  if (JSON.stringify(before.failure) !== JSON.stringify(after.failure))
    return `operator '${name}' treats failures otherwise`
  return undefined
}
