import type { RawRecord } from '../../topology/broker/port.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import type { AnyTopic } from '../../topology/definition/topic.ts'
import type { DeadLetter } from '../../topology/testing/driver.ts'

/** The result of a run, in the parts that can be compared with another run's. */
export interface Outcome {
  /** By topic and key, in order. Shape: `{ 'out A': ['"x" 12', 'null 20'] }`. */
  readonly outputs: Readonly<Record<string, readonly string[]>>
  /** By store, its rows in the order of their text. */
  readonly stores: Readonly<Record<string, readonly string[]>>
  /** By source topic and key, in order: what the headers say of each. */
  readonly deadLetters: Readonly<Record<string, readonly string[]>>
  /** The number of records that operators left out, by reason. Unset: not counted, where records may be processed again. */
  readonly skipped?: Readonly<Record<string, number>>
  /** The message of the error that a policy has ended the run with; empty: none has. */
  readonly stopped: string
}

interface Written {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
}

/** The source that an outcome is read from. */
export interface RunView {
  records(topic: string): readonly Written[]
  /** Rows as processors see them: without those whose time to live is over. */
  rows(store: string): readonly Written[]
  deadLetters(topic: string): readonly DeadLetter[]
  readonly skipped?: Readonly<Record<string, number>>
  readonly stopped?: string
}

/** Makes an outcome of a run. Rows that a store may drop at any time are left out. */
export function outcomeOf(graph: TopologyGraph, outputs: readonly AnyTopic[], view: RunView): Outcome {
  const byKey: Record<string, string[]> = {}
  for (const { name } of outputs)
    for (const { key, value, timestamp } of view.records(name))
      add(byKey, `${name} ${key}`, `${text(value)} ${timestamp}`)
  const letters: Record<string, string[]> = {}
  const written = new Set(graph.subtopologies.flatMap(({ sinks }) => sinks.map(({ topic }) => topic)))
  for (const input of new Set(graph.subtopologies.flatMap(({ inputs }) => inputs)))
    for (const letter of view.deadLetters(input))
      add(letters, `${input} ${bytesOf(letter.key)}`, letterText(letter, !written.has(input)))
  const kept = [...graph.stores.values()].filter(store => store.retentionMs === undefined || store.type !== 'join')
  const stores = kept.map(({ name }): [string, string[]] => [
    name,
    view.rows(name).map(({ key, value, timestamp }) => `${text(key)} ${text(value)} ${timestamp}`),
  ])
  return {
    outputs: byKey,
    stores: Object.fromEntries(stores.map(([name, written]) => [name, written.sort()])),
    deadLetters: letters,
    ...(view.skipped && { skipped: view.skipped }),
    stopped: view.stopped ?? '',
  }
}

/** The place where the second differs from the first, in words; undefined when they agree. */
export function disagreement(expected: Outcome, found: Outcome): string | undefined {
  for (const part of ['outputs', 'stores', 'deadLetters'] as const)
    for (const place of new Set([...Object.keys(expected[part]), ...Object.keys(found[part])])) {
      const [left, right] = [expected[part][place] ?? [], found[part][place] ?? []]
      if (left.join('\n') !== right.join('\n')) return `${place}: expected ${text(left)}, got ${text(right)}`
    }
  if (expected.stopped !== found.stopped) return `stopped by '${expected.stopped}', got '${found.stopped}'`
  if (expected.skipped === undefined || found.skipped === undefined) return undefined
  const counts = (outcome: Outcome) => text(Object.entries(outcome.skipped ?? {}).sort())
  return counts(expected) === counts(found) ? undefined : `skipped: expected ${counts(expected)}, got ${counts(found)}`
}

/** The outcome without stores that have a `ttl`, for a run that does not know which of their rows are over. */
export function withoutTtl(outcome: Outcome, { stores }: TopologyGraph): Outcome {
  const kept = Object.entries(outcome.stores).filter(([name]) => {
    const { retentionMs, retainedBy } = stores.get(name)!
    return retentionMs === undefined || retainedBy !== undefined
  })
  return { ...outcome, stores: Object.fromEntries(kept) }
}

/** A record of a dead-letter topic as the test driver gives it. */
export function deadLetterOf(raw: RawRecord): DeadLetter {
  const headers = raw.headers.map(({ key, value }) => [key, value === null ? '' : Buffer.from(value).toString()])
  const { key, value, timestamp } = raw
  return { topic: raw.topic, key, value, timestamp, headers: Object.fromEntries(headers) }
}

/**
 * Everything that a dead letter says but the times of its failures, which are those of each run's own clock, and stacks; and offsets only of
 * topics that are fed, since a broker has markers of transactions in those that tasks write.
 */
function letterText({ value, timestamp, headers }: DeadLetter, fed: boolean): string {
  const { 'millrace.dlq.first-failure': first = '', 'millrace.dlq.last-failure': last = '', ...others } = headers
  const { 'millrace.dlq.error.stack': __, ...comparable } = others
  const { 'millrace.dlq.offset': _, ...elsewhere } = comparable
  const said = fed ? comparable : elsewhere
  const order = first === '' || first > last ? 'without times' : first === last ? 'at once' : 'after a while'
  return `${bytesOf(value)} ${timestamp} ${order} ${text(said)}`
}

function add(lists: Record<string, string[]>, place: string, line: string): void {
  lists[place] ??= []
  lists[place].push(line)
}

function bytesOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString('latin1')
}

/** Text that tells bigints from numbers. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) ?? 'nothing'
}
