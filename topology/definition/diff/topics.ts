import { deadLetterTopic } from '../naming.ts'
import type { TopicSnapshot, TopologySnapshot } from '../snapshot.ts'
import { listed, renames, type TopologyChange } from './change.ts'
import { fieldChange } from './fields.ts'

/** Topics that come, go, or are read differently from how they were written. */
export function topicChanges(old: TopologySnapshot, next: TopologySnapshot): readonly TopologyChange[] {
  return [...repartitions(old, next), ...declared(old, next), ...ownTopics(old, next)]
}

/** Records wait in a repartition topic between two tasks; a topic that nobody reads any more keeps them. */
function repartitions(old: TopologySnapshot, next: TopologySnapshot): readonly TopologyChange[] {
  const names = ({ nodes }: TopologySnapshot) =>
    Object.fromEntries(Object.entries(nodes).filter(([, node]) => node.kind === 'repartition'))
  const [before, after] = [names(old), names(next)]
  const renamed = renames(before, after, (a, b) => a.parents.join() === b.parents.join())
  return Object.entries(before).flatMap(([name, { topics }]) => {
    if (name in after) return []
    const successor = renamed.get(name)
    const what = successor === undefined ? 'is removed' : `is renamed to '${successor}'`
    return {
      effect: 'lost' as const,
      subject: { kind: 'topic' as const, name: topics[0]! },
      message: `repartition '${name}' ${what}: records in flight in ${topics[0]} would never be read`,
      remedy: `keep the name '${name}', or stop the writers and wait until it is empty first`,
    }
  })
}

function declared(old: TopologySnapshot, next: TopologySnapshot): readonly TopologyChange[] {
  const read = new Set(Object.values(next.subtopologies).flatMap(part => part.inputs))
  return Object.entries(next.topics).flatMap(([name, after]) => {
    const before = old.topics[name]
    return before ? alterations(name, before, after, read.has(name)) : []
  })
}

function alterations(
  name: string,
  before: TopicSnapshot,
  after: TopicSnapshot,
  read: boolean,
): readonly TopologyChange[] {
  const subject = { kind: 'topic', name } as const
  const changes: TopologyChange[] = []
  for (const part of ['key', 'value'] as const) {
    if (before[part] === after[part]) {
      changes.push(...fieldChanges(name, part, before, after, read))
      continue
    }
    const message = `topic '${name}' has a ${part} of ${after[part]} instead of ${before[part]}`
    if (!read) changes.push({ effect: 'changed', subject, message: `${message}: its readers must know` })
    else {
      const consequence = 'the records that are in it could not be read'
      const remedy = 'write to a new topic, or wait until it is empty before the change'
      changes.push({ effect: 'lost', subject, message: `${message}: ${consequence}`, remedy })
    }
  }
  if (before.partitions !== after.partitions && before.partitions !== undefined && after.partitions !== undefined) {
    const fewer = after.partitions < before.partitions
    const limit = fewer ? 'Kafka cannot take partitions away' : 'keys move to other partitions'
    const message = `topic '${name}' has ${after.partitions} partitions instead of ${before.partitions}: ${limit}`
    changes.push({ effect: 'changed', subject, message })
  }
  const keys = [...new Set([...Object.keys(before.config), ...Object.keys(after.config)])].sort()
  const settings = keys.filter(key => before.config[key] !== after.config[key])
  if (settings.length > 0) {
    changes.push({
      effect: 'changed',
      subject,
      message: `topic '${name}' is configured differently in ${listed(settings)}`,
    })
  }
  return changes
}

/** The same serde over another version of its schema. */
function fieldChanges(
  name: string,
  part: 'key' | 'value',
  before: TopicSnapshot,
  after: TopicSnapshot,
  read: boolean,
): readonly TopologyChange[] {
  const subject = { kind: 'topic', name } as const
  const { required, others } = fieldChange(before[`${part}Fields`], after[`${part}Fields`])
  const changes = others.map(what => {
    return { effect: 'changed' as const, subject, message: `the ${part} of topic '${name}' ${what}` }
  })
  if (required === undefined) return changes
  const message = `the ${part} of topic '${name}' gains ${required}`
  if (!read) return [...changes, { effect: 'changed', subject, message: `${message}: its writers must know` }]
  const consequence = 'the records that are in it lack it and could not be read'
  return [...changes, { effect: 'lost', subject, message: `${message}: ${consequence}`, remedy: 'give it a default' }]
}

/** Topics by name: new ones are created, orphaned ones stay until somebody deletes them. */
function ownTopics(old: TopologySnapshot, next: TopologySnapshot): readonly TopologyChange[] {
  const [before, after] = [allTopics(old), allTopics(next)]
  const change = (effect: 'added' | 'removed', name: string, message: string): TopologyChange => {
    return { effect, subject: { kind: 'topic', name }, message }
  }
  return [
    ...[...before].flatMap(([name, own]) => {
      if (after.has(name)) return []
      return [change('removed', name, own ? `topic ${name} is orphaned` : `topic ${name} is no longer used`)]
    }),
    ...[...after.keys()].filter(name => !before.has(name)).map(name => change('added', name, `topic ${name} appears`)),
  ]
}

/** Every topic, and whether the application owns it: repartition, changelog and dead-letter topics. */
function allTopics({ topics, stores, subtopologies }: TopologySnapshot): ReadonlyMap<string, boolean> {
  const changelogs = Object.values(stores).flatMap(store => store.changelog ?? [])
  const deadLetters = Object.values(subtopologies).flatMap(part =>
    part.inputs.filter(input => !input.startsWith('/')).map(deadLetterTopic),
  )
  const declaredOnes = Object.entries(topics).map(([name, { internal }]) => [name, internal] as const)
  return new Map([...declaredOnes, ...[...changelogs, ...deadLetters].map(name => [name, true] as const)])
}
