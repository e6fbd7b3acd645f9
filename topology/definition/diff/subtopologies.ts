import type { SubtopologySnapshot, TopologySnapshot } from '../snapshot.ts'
import { listed, type Renames, renames, sameNames, type TopologyChange } from './change.ts'

/** Finds the sub-topologies (processors) that have another name now: those that own the same stores, or read and write the same. */
export function renamedSubtopologies(old: TopologySnapshot, next: TopologySnapshot): Renames {
  return renames(old.subtopologies, next.subtopologies, (a, b) => {
    if (a.stores.length > 0 && sameNames(a.stores, b.stores)) return true
    return sameNames(a.inputs, b.inputs) && sameNames(a.outputs, b.outputs)
  })
}

/** A group that changes has no committed offsets; a task count that changes leaves keys in other tasks than their state. */
export function subtopologyChanges(
  old: TopologySnapshot,
  next: TopologySnapshot,
  renamed: Renames,
): readonly TopologyChange[] {
  const came = Object.keys(next.subtopologies).filter(name => !(name in old.subtopologies))
  const successors = new Set(renamed.values())
  return [
    ...Object.entries(old.subtopologies).flatMap(([name, before]) => {
      const successor = renamed.get(name) ?? name
      const after = next.subtopologies[successor]
      if (!after) return [removal(name, before)]
      return [
        ...(successor === name ? [] : [renaming(name, successor, before, after)]),
        ...alterations(successor, before, after),
      ]
    }),
    ...came.filter(name => !successors.has(name)).map(name => addition(name, next.subtopologies[name]!)),
  ]
}

function renaming(
  name: string,
  successor: string,
  before: SubtopologySnapshot,
  after: SubtopologySnapshot,
): TopologyChange {
  const { group, stores } = before
  const again = before.inputs.filter(topic => after.inputs.includes(topic))
  const state = stores.length > 0 ? `, into the state of ${listed(stores)}, which already holds them` : ''
  const consequence =
    again.length > 0 ? `${listed(again)} would be read again from the start${state}` : 'positions are lost'
  return {
    effect: 'lost',
    subject: { kind: 'sub-topology', name },
    message:
      `sub-topology '${name}' is renamed to '${successor}': ` +
      `group ${group} and its transactional ids are orphaned, so ${consequence}`,
    remedy: `keep the name '${name}'`,
  }
}

function removal(name: string, { group }: SubtopologySnapshot): TopologyChange {
  const subject = { kind: 'sub-topology', name } as const
  const message = `sub-topology '${name}' is removed: group ${group} and its transactional ids are orphaned`
  return { effect: 'removed', subject, message, remedy: `delete group ${group} when done` }
}

function addition(name: string, { group, inputs }: SubtopologySnapshot): TopologyChange {
  const message = `sub-topology '${name}' is new: group ${group} reads ${listed(inputs)} by their offset reset`
  return { effect: 'added', subject: { kind: 'sub-topology', name }, message }
}

function alterations(name: string, before: SubtopologySnapshot, after: SubtopologySnapshot): readonly TopologyChange[] {
  const subject = { kind: 'sub-topology', name } as const
  const came = after.inputs.filter(topic => !before.inputs.includes(topic))
  const went = before.inputs.filter(topic => !after.inputs.includes(topic))
  const changes: TopologyChange[] = []
  if (went.length === before.inputs.length) {
    // With nothing in common, the inputs were renamed, which is reported for them; but state belongs to the old ones' positions.
    if (before.group === after.group && before.stores.length > 0) changes.push(replacement(name, before, after))
    return [...changes, ...taskCountChange(name, before, after)]
  }
  if (came.length > 0) {
    const again =
      went.length > 0 && after.stores.length > 0
        ? `; where it holds the records of ${listed(went)}, they count twice in ${listed(after.stores)}`
        : ''
    const message = `sub-topology '${name}' reads ${listed(came)} too, by the offset reset${again}`
    changes.push({ effect: 'changed', subject, message })
  }
  if (went.length > 0) {
    const message = `sub-topology '${name}' no longer reads ${listed(went)}: what it has not read yet stays unread`
    changes.push({ effect: 'changed', subject, message })
  }
  return [...changes, ...taskCountChange(name, before, after)]
}

function replacement(name: string, before: SubtopologySnapshot, after: SubtopologySnapshot): TopologyChange {
  const inputs = `reads ${listed(after.inputs)} instead of ${listed(before.inputs)}`
  return {
    effect: 'lost',
    subject: { kind: 'sub-topology', name },
    message: `sub-topology '${name}' ${inputs}: its state in ${listed(before.stores)} would have no positions, and its tasks refuse to start`,
    remedy: `keep what it read among its inputs for one deploy, or start anew with 'millrace state reset'`,
  }
}

function taskCountChange(
  name: string,
  before: SubtopologySnapshot,
  after: SubtopologySnapshot,
): readonly TopologyChange[] {
  if (before.partitions === after.partitions) return []
  const subject = { kind: 'sub-topology', name } as const
  if (before.partitions === undefined || after.partitions === undefined) {
    const count = after.partitions ?? before.partitions
    const which = after.partitions === undefined ? 'no longer declare' : 'declare'
    const message = `inputs of sub-topology '${name}' ${which} ${count} partitions: the cluster's topics must agree`
    return [{ effect: 'changed', subject, message }]
  }
  const counts = `sub-topology '${name}' has ${after.partitions} tasks instead of ${before.partitions}`
  if (after.stores.length === 0) {
    return [
      { effect: 'changed', subject, message: `${counts}: for a while, records of one key may overtake each other` },
    ]
  }
  const message = `${counts}: keys move to other tasks, away from their state in ${listed(after.stores)}`
  const remedy = `keep ${before.partitions} partitions, or begin with a new topology name and read the inputs again`
  return [{ effect: 'lost', subject, message, remedy }]
}
