import type { RawRecord } from '../../broker/port.ts'
import { changelogTopic } from '../../definition/naming.ts'
import { bindCodecs } from '../../runtime/codecs.ts'
import { committedBatches } from './checks.ts'
import type { SeedWorld } from './seed-run.ts'
import { hexOf, textOf } from './text.ts'

/** The way a run is compared with one without faults: all outputs of a key in order, or only the last. */
export type Comparison = 'in-order' | 'last'

type Bytes = RawRecord['key']

/** The records of one key in a topic that one task wrote, in order: Kafka gives no order between those of several tasks. */
interface Written {
  readonly topic: string
  /** The transactional id of the task. */
  readonly writer: string
  readonly key: Bytes
  readonly values: readonly Bytes[]
}

/** The results of a run: what each task wrote under each key, and the rows of each store, without timestamps and offsets. */
export interface RunResult {
  readonly failure: string | undefined
  readonly written: ReadonlyMap<string, Written>
  /** Values by key, both as text, by store. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** A result that differs from that of a run without faults. */
export interface Difference {
  /** The same for the same result of another run. */
  readonly place: string
  /** Of a sub-topology whose results follow from its input alone. */
  readonly ordered: boolean
  /** With keys and values decoded. */
  readonly text: string
}

/** The results of a run. */
export function resultOf(world: SeedWorld): RunResult {
  const topics = new Set(world.graph.subtopologies.flatMap(sub => sub.sinks.map(sink => sink.topic)))
  const written = new Map<string, Written & { readonly values: Bytes[] }>()
  for (const topic of topics) {
    if (typeof topic !== 'string') continue
    for (const { transaction, records } of committedBatches(world, topic))
      for (const { key, value } of records) {
        const writer = transaction?.transactionalId ?? ''
        const place = `${topic} ${writer} ${hexOf(key)}`
        const known = written.get(place)
        if (known) known.values.push(value)
        else written.set(place, { topic, writer, key, values: [value] })
      }
  }
  const tables = new Map<string, ReadonlyMap<string, string>>()
  for (const { name } of world.history.stores)
    tables.set(name, new Map(world.storage.rows(name).map(({ key, value }) => [textOf(key), textOf(value)])))
  return { failure: world.failure, written, tables }
}

/**
 * The results of a run under faults that are not those of a calm one. `how` decides for each sub-topology what is compared;
 * undefined: nothing of it.
 */
export async function differencesFrom(
  calm: RunResult,
  world: SeedWorld,
  how: (subtopology: string) => { readonly comparison: Comparison; readonly ordered: boolean } | undefined,
): Promise<readonly Difference[]> {
  const found = resultOf(world)
  const decoded = await decoder(world)
  const differences: Difference[] = []
  const differ = (place: string, ordered: boolean, text: string) => differences.push({ place, ordered, text })
  for (const { name, sinks, stores } of world.graph.subtopologies) {
    const rule = how(name)
    if (rule === undefined) continue
    const { ordered, comparison } = rule
    const own = new Set(sinks.filter(sink => ordered || sink.kind === 'sink').map(sink => sink.topic))
    for (const place of new Set([...calm.written.keys(), ...found.written.keys()])) {
      const [should, is] = [calm.written.get(place), found.written.get(place)]
      const { topic, writer, key } = (should ?? is)!
      if (!own.has(topic) || !writer.startsWith(`${world.graph.definition.name}-${name}-`)) continue
      if (same(should, is, comparison)) continue
      const [what, isText, shouldText] = await Promise.all([
        decoded(topic, 'key', key),
        summary(is, bytes => decoded(topic, 'value', bytes)),
        summary(should, bytes => decoded(topic, 'value', bytes)),
      ])
      differ(place, ordered, `topic '${topic}' key ${what}: ${isText}, without faults ${shouldText}`)
    }
    for (const { name: store } of stores) {
      const [should, is] = [calm.tables.get(store) ?? new Map(), found.tables.get(store) ?? new Map()]
      for (const key of new Set<string>([...should.keys(), ...is.keys()])) {
        if (should.get(key) === is.get(key)) continue
        const text = `store '${store}' key ${key}: ${is.get(key) ?? 'nothing'}, without faults ${should.get(key) ?? 'nothing'}`
        differ(`${changelogTopic(world.graph.definition.name, store)} ${key}`, ordered, text)
      }
    }
  }
  return differences
}

/** Whether two runs have the same result at the place of a difference. */
export function agreeOn({ place }: Difference, application: string, one: RunResult, two: RunResult): boolean {
  const at = ({ written, tables }: RunResult) => {
    const last = written.get(place)?.values.at(-1)
    if (last !== undefined) return hexOf(last)
    for (const [store, rows] of tables) {
      const start = `${changelogTopic(application, store)} `
      if (place.startsWith(start)) return rows.get(place.slice(start.length))
    }
    return undefined
  }
  return at(one) === at(two)
}

function same(one: Written | undefined, two: Written | undefined, comparison: Comparison): boolean {
  if (one === undefined || two === undefined) return one === two
  if (comparison === 'last') return hexOf(one.values.at(-1) ?? null) === hexOf(two.values.at(-1) ?? null)
  return one.values.length === two.values.length && one.values.map(hexOf).join() === two.values.map(hexOf).join()
}

async function summary(written: Written | undefined, decode: (bytes: Bytes) => Promise<string>): Promise<string> {
  const values = written?.values ?? []
  if (values.length === 0) return 'nothing'
  if (values.length <= 4) return (await Promise.all(values.map(decode))).join(', ')
  return `${values.length} records ending ${(await Promise.all(values.slice(-2).map(decode))).join(', ')}`
}

/** Keys and values as text; what cannot be decoded as hexadecimal digits. */
async function decoder({ graph, registry }: SeedWorld) {
  const codecs = await bindCodecs(graph, registry)
  return async (topic: string, part: 'key' | 'value', bytes: Bytes): Promise<string> => {
    try {
      return textOf(await codecs.topics.get(topic)![part].decode(bytes))
    } catch {
      return hexOf(bytes)
    }
  }
}
