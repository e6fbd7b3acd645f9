import type { TopologySnapshot } from '../snapshot.ts'
import { listed, type TopologyChange } from './change.ts'
import { operatorChanges, spoiledStores } from './operators.ts'
import { storeChanges } from './stores.ts'
import { renamedSubtopologies, subtopologyChanges } from './subtopologies.ts'
import { topicChanges } from './topics.ts'

/** The effects of a new topology on what an old one has left in Kafka and Postgres. */
interface TopologyDiff {
  /** True when state, positions or records in flight would be lost. */
  readonly lost: boolean
  /** All changes: losses come first, parts that are kept come last. */
  readonly changes: readonly TopologyChange[]
}

const order: readonly TopologyChange['effect'][] = ['lost', 'changed', 'removed', 'added', 'kept']

/** Compares two topologies by what they own: names, stores, groups, topics. */
export function topologyDiff(old: TopologySnapshot, next: TopologySnapshot): TopologyDiff {
  const renamed = renamedSubtopologies(old, next)
  const changes = [
    ...applicationChange(old, next),
    ...subtopologyChanges(old, next, renamed),
    ...storeChanges(old, next, renamed, spoiledStores(old, next)),
    ...topicChanges(old, next),
    ...operatorChanges(old, next),
  ]
  // Under another application name every group and changelog is a new one: whatever looks kept is not.
  const kept = old.name === next.name ? changes : changes.filter(change => change.effect !== 'kept')
  const sorted = [...kept].sort((a, b) => order.indexOf(a.effect) - order.indexOf(b.effect))
  return { lost: sorted.some(change => change.effect === 'lost'), changes: sorted }
}

function applicationChange(old: TopologySnapshot, next: TopologySnapshot): readonly TopologyChange[] {
  if (old.name === next.name) return []
  const stores = Object.keys(old.stores)
  const state = stores.length > 0 ? ` and the state of ${listed(stores)}` : ''
  return [
    {
      effect: 'lost',
      subject: { kind: 'topology', name: old.name },
      message: `topology '${old.name}' is renamed to '${next.name}': every group, changelog and transactional id changes, so all positions${state} would be lost`,
      remedy: `keep the name '${old.name}'`,
    },
  ]
}

const signs: Readonly<Record<TopologyChange['effect'], string>> = {
  lost: '-',
  changed: '~',
  removed: '-',
  added: '+',
  kept: '=',
}

/** The diff for people: a line a change, with its remedy below, and a verdict last. */
export function diffText({ changes, lost }: TopologyDiff): string {
  const lines = changes.flatMap(({ effect, message, remedy }) => {
    const line = `${signs[effect]} ${message}`
    return remedy === undefined ? [line] : [line, `  ${remedy}`]
  })
  const losses = changes.filter(change => change.effect === 'lost').length
  const verdict = lost ? `${losses} of these changes ${losses === 1 ? 'loses' : 'lose'} state` : 'no state is lost'
  return [...(lines.length > 0 ? lines : ['= nothing that the topology owns changes']), verdict].join('\n')
}
