import type { NodeSnapshot, TopologySnapshot } from '../snapshot.ts'
import { listed, type TopologyChange } from './change.ts'

/** Process nodes that come, go or work differently. Where one counts differently from how its state was made, the state is lost. */
export function operatorChanges(old: TopologySnapshot, next: TopologySnapshot): readonly TopologyChange[] {
  const [before, after] = [operators(old), operators(next)]
  const change = (effect: TopologyChange['effect'], name: string, message: string): TopologyChange => {
    return { effect, subject: { kind: 'operator', name }, message: `operator '${name}' ${message}` }
  }
  return [
    ...Object.entries(before).flatMap(([name, node]) => {
      const other = after[name]
      return other ? alterations(name, node, other) : [change('removed', name, 'is removed')]
    }),
    ...Object.keys(after).flatMap(name => (name in before ? [] : [change('added', name, 'is new')])),
  ]
}

/** Stores whose rows mean something else now, as the parameters of their operator have changed. */
export function spoiledStores(old: TopologySnapshot, next: TopologySnapshot): ReadonlySet<string> {
  const [before, after] = [operators(old), operators(next)]
  const spoiling = Object.entries(before).filter(([name, node]) => {
    const other = after[name]
    return other !== undefined && changedParameters(node, other).some(key => spoils(other, key))
  })
  return new Set(spoiling.flatMap(([, node]) => node.stores ?? []))
}

function operators({ nodes }: TopologySnapshot): Readonly<Record<string, NodeSnapshot>> {
  return Object.fromEntries(Object.entries(nodes).filter(([, node]) => node.kind === 'process'))
}

function alterations(name: string, before: NodeSnapshot, after: NodeSnapshot): readonly TopologyChange[] {
  const subject = { kind: 'operator', name } as const
  const what = `operator '${name}'`
  const changes: TopologyChange[] = []
  const changed = changedParameters(before, after)
  const spoiling = changed.filter(key => spoils(after, key))
  const settings = (keys: readonly string[]) =>
    keys.map(key => `${key} ${after.parameters?.[key] ?? 'unset'} instead of ${before.parameters?.[key] ?? 'unset'}`)
  if (spoiling.length > 0) {
    const lost = `the state in ${listed(after.stores ?? [])} would be lost`
    const remedy = 'give it a new name, and let its state be built anew from its inputs'
    changes.push({ effect: 'lost', subject, message: `${what} has ${settings(spoiling).join(', ')}: ${lost}`, remedy })
  } else if (changed.length > 0) {
    changes.push({ effect: 'changed', subject, message: `${what} has ${settings(changed).join(', ')}` })
  }
  if (before.operator !== after.operator) {
    const message = `${what} is of kind ${after.operator} instead of ${before.operator}`
    changes.push({ effect: 'changed', subject, message })
  }
  if (JSON.stringify(before.failure) !== JSON.stringify(after.failure)) {
    changes.push({ effect: 'changed', subject, message: `${what} treats failures differently` })
  }
  return changes
}

function changedParameters(before: NodeSnapshot, after: NodeSnapshot): readonly string[] {
  const keys = new Set([...Object.keys(before.parameters ?? {}), ...Object.keys(after.parameters ?? {})])
  return [...keys].filter(key => before.parameters?.[key] !== after.parameters?.[key]).sort()
}

/** Parameters that say how long rows are waited for or kept, and do not change what rows mean. */
const harmlessParameters: ReadonlySet<string> = new Set(['graceMs', 'retentionMs', 'historyMs'])
/** Operators that hand results on later, without changing what they mean. */
const holdingOperators: ReadonlySet<string> = new Set(['on-close', 'suppress'])

function spoils(node: NodeSnapshot, parameter: string): boolean {
  const owns = (node.stores ?? []).length > 0
  return owns && !harmlessParameters.has(parameter) && !holdingOperators.has(node.operator ?? '')
}
