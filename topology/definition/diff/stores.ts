import type { StoreSnapshot, TopologySnapshot } from '../snapshot.ts'
import { type Renames, renames, type TopologyChange } from './change.ts'
import { fieldChange } from './fields.ts'

/** Finds the stores that have another name now: those that hold the same in the same sub-topology. */
function renamedStores(old: TopologySnapshot, next: TopologySnapshot, parts: Renames): Renames {
  return renames(old.stores, next.stores, (a, b) => {
    const sameOwner = owner(a, parts) === b.subtopology
    return sameOwner && a.type === b.type && a.key === b.key && a.value === b.value
  })
}

/**
 * Names, types, serdes and owners of stores decide whether their rows can go on being used. `spoiled` are stores that an
 * operator's parameters have made useless, which is reported for the operator.
 */
export function storeChanges(
  old: TopologySnapshot,
  next: TopologySnapshot,
  parts: Renames,
  spoiled: ReadonlySet<string>,
): readonly TopologyChange[] {
  const renamed = renamedStores(old, next, parts)
  const successors = new Set(renamed.values())
  const came = Object.keys(next.stores).filter(name => !(name in old.stores) && !successors.has(name))
  return [
    ...Object.entries(old.stores).flatMap(([name, before]) => {
      const after = next.stores[name]
      if (spoiled.has(name)) return []
      return after ? alterations(name, before, after, parts) : [loss(name, before, renamed.get(name))]
    }),
    ...came.map(name => addition(name, next.stores[name]!)),
  ]
}

function loss(name: string, { changelog, table }: StoreSnapshot, successor: string | undefined): TopologyChange {
  const subject = { kind: 'store', name } as const
  const orphans = changelog === undefined ? `table ${table} is orphaned` : `changelog ${changelog} is orphaned`
  if (successor === undefined) {
    const message = `store '${name}' is removed: its state would be lost (${orphans})`
    return { effect: 'lost', subject, message, remedy: `keep the store, or drop table ${table} when nobody needs it` }
  }
  const message = `store '${name}' is renamed to '${successor}': its state would be lost (${orphans})`
  return { effect: 'lost', subject, message, remedy: `keep the name '${name}'` }
}

function addition(name: string, { subtopology }: StoreSnapshot): TopologyChange {
  const where = subtopology === null ? 'a global table' : `owned by '${subtopology}'`
  const message = `store '${name}' is new (${where}): it begins empty, with what is read from now on`
  return { effect: 'added', subject: { kind: 'store', name }, message }
}

function alterations(
  name: string,
  before: StoreSnapshot,
  after: StoreSnapshot,
  parts: Renames,
): readonly TopologyChange[] {
  const subject = { kind: 'store', name } as const
  const fault = incompatibility(before, after) ?? move(before, after, parts)
  if (fault && before.subtopology === null && after.subtopology === null) {
    const message = `store '${name}' ${fault.what}: it is read anew from its topic at each start`
    return [{ effect: 'changed', subject, message }]
  }
  if (fault) {
    const remedy = fault.remedy ?? anew(before)
    return [{ effect: 'lost', subject, message: `store '${name}' ${fault.what}: its state would be lost`, remedy }]
  }
  const kept: TopologyChange = { effect: 'kept', subject, message: `store '${name}' keeps its state` }
  if (before.retentionMs === after.retentionMs) return [kept]
  const message = `store '${name}' keeps rows ${span(after.retentionMs)} instead of ${span(before.retentionMs)}`
  return [{ effect: 'changed', subject, message }, kept]
}

function span(ms: number | undefined): string {
  return ms === undefined ? 'for ever' : `for ${ms} ms`
}

/** The steps after which the store is built anew from its inputs; under another name it would begin empty, where they are read now. */
function anew({ table, subtopology }: StoreSnapshot): string {
  return `to build it anew from its inputs, stop the workers, run 'millrace state reset ${subtopology} --yes' with the topology of before, drop table ${table}, and deploy: what '${subtopology}' writes is written again`
}

interface Fault {
  readonly what: string
  readonly remedy?: string
}

function incompatibility(before: StoreSnapshot, after: StoreSnapshot): Fault | undefined {
  if (before.type !== after.type) return { what: `is of type ${after.type} instead of ${before.type}` }
  if (before.key !== after.key) return { what: `has keys of ${after.key} instead of ${before.key}` }
  if (before.value !== after.value) return { what: `has values of ${after.value} instead of ${before.value}` }
  for (const part of ['key', 'value'] as const) {
    const { required } = fieldChange(before[`${part}Fields`], after[`${part}Fields`])
    if (required !== undefined)
      return {
        what: `gains ${required} in its ${part}s, which its rows and changelog lack`,
        remedy: 'give it a default',
      }
  }
  if (before.columns.join() !== after.columns.join()) {
    const columns = `has columns (${after.columns.join(', ')}) instead of (${before.columns.join(', ')})`
    return {
      what: columns,
      remedy: 'drop its table and checkpoint while no worker runs: the changelog holds the state',
    }
  }
  return undefined
}

function move(before: StoreSnapshot, after: StoreSnapshot, parts: Renames): Fault | undefined {
  if (owner(before, parts) === after.subtopology) return undefined
  const [from, to] = [before.subtopology, after.subtopology].map(name =>
    name === null ? 'a global table' : `'${name}'`,
  )
  const what = `moves from ${from} to ${to}, whose tasks have other partitions and positions`
  return { what, remedy: `leave it where it was, or give it a new name and let ${to} build it anew from its inputs` }
}

/** The sub-topology that owns the store, by its new name. */
function owner({ subtopology }: StoreSnapshot, parts: Renames): string | null {
  return subtopology === null ? null : (parts.get(subtopology) ?? subtopology)
}
