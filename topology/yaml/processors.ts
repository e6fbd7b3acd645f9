import type { TopologyBuilder } from '../definition/builder.ts'
import type { UserFunction } from '../definition/definition.ts'
import type { AnyProcessor } from '../definition/processor.ts'
import { addProcessor } from '../definition/processor-nodes.ts'
import { addRepartition } from '../definition/repartition-nodes.ts'
import type { AnyStore } from '../definition/store.ts'
import { didYouMean } from '../definition/suggestion.ts'
import { type AnyTopic, topic } from '../definition/topic.ts'
import type { YamlField, YamlValue } from './document.ts'
import { yamlKeys } from './keys.ts'
import { readOnError } from './on-error.ts'
import { readPunctuations } from './punctuations.ts'
import { isFunction, type YamlOptions, type YamlReading } from './reading.ts'
import { readFunction, readTopicName } from './values.ts'
import { checkWiring, type Wiring } from './wiring.ts'

/** Adds a processor, or a declared repartition, to the topology. */
export async function readProcessor(reading: YamlReading, field: YamlField, builder: TopologyBuilder): Promise<void> {
  const { document } = reading
  const fields = document.fields(field.value, `processor '${field.key}'`)
  const repartition = fields?.find(each => each.key === 'repartition')
  if (repartition) await readRepartition(reading, field, repartition, builder)
  else if (fields) await readCodedProcessor(reading, field, builder)
}

async function readRepartition(
  reading: YamlReading,
  { key: name, at, value: whole }: YamlField,
  { value }: YamlField,
  builder: TopologyBuilder,
): Promise<void> {
  const { document } = reading
  const what = `repartition '${name}'`
  document.record(whole, what, ['repartition'])
  const fields = document.record(value, what, yamlKeys.repartition, yamlKeys.repartition)
  if (!fields?.from || !fields.to || !fields.by) return
  const from = topicNamed(reading, fields.from.value, 'topic')
  const to = topicNamed(reading, fields.to.value, 'topic')
  const by = await readFunction(reading, fields.by, `by of ${what}`)
  if (!from || !to) return
  const key = (by ?? standIn) as (record: unknown) => unknown
  addRepartition(builder, { kind: 'repartition', name, from, to, by: key }, at)
}

async function readCodedProcessor(reading: YamlReading, field: YamlField, builder: TopologyBuilder): Promise<void> {
  const { document, modules, functions } = reading
  const { key: name, at, value } = field
  const what = `processor '${name}'`
  const fields = document.record(value, what, yamlKeys.processor, ['streams', 'process'])
  if (!fields) return
  const problemsBefore = document.problems.length
  const wiring: Wiring = {
    streams: readStreams(reading, fields.streams, `streams of ${what}`),
    tables: readTopicMap(reading, fields.tables, `tables of ${what}`, 'table'),
    sinks: readTopicMap(reading, fields.sinks, `sinks of ${what}`, 'sink'),
    stores: fields.stores && readStoreMap(reading, fields.stores, what),
  }
  const wired = document.problems.length === problemsBefore
  const code =
    fields.process &&
    (await modules.value(
      fields.process.value,
      `process of ${what}`,
      functions,
      'function or processor',
      isCode,
      isProcessorValue,
    ))
  const module = isProcessorValue(code) ? code : undefined
  if (module && fields.process && wired) checkWiring(document, module, wiring, fields, fields.process.at, what)
  const failure = fields['on-error'] ? await readOnError(reading, fields['on-error'].value, what) : module?.failure
  const prefetch = fields.prefetch
    ? await readFunction(reading, fields.prefetch, `prefetch of ${what}`)
    : module?.prefetch
  const punctuations = fields.punctuate
    ? await readPunctuations(reading, fields.punctuate.value, what)
    : (module?.punctuations ?? [])
  const processor: AnyProcessor = {
    kind: 'processor',
    name,
    streams: wiring.streams,
    tables: wiring.tables,
    sinks: wiring.sinks,
    stores: wiring.stores ?? module?.stores ?? {},
    process: (module?.process ?? code ?? standIn) as AnyProcessor['process'],
    punctuations,
    ...(failure && { failure }),
    ...(prefetch && { prefetch: prefetch as unknown as NonNullable<AnyProcessor['prefetch']> }),
  }
  addProcessor(builder, processor, at)
}

/** Replaces code that could not be found, so that the rest can still be checked. */
const standIn: UserFunction = () => undefined

function isCode(value: unknown): value is UserFunction | AnyProcessor {
  return isFunction(value) || isProcessorValue(value)
}

function isProcessorValue(value: unknown): value is AnyProcessor {
  return typeof value === 'object' && value !== null && (value as Partial<AnyProcessor>).kind === 'processor'
}

function readStreams(reading: YamlReading, field: YamlField | undefined, what: string): readonly AnyTopic[] {
  const { document, options } = reading
  const items = field && document.items(field.value, what)
  if (items?.length === 0) document.report(field!.value.at, `${what} is empty: name at least one topic`)
  const topics = (items ?? []).flatMap(item => topicNamed(reading, item, 'topic') ?? [])
  return topics.length > 0 ? topics : [standInTopic('stand-in', options)]
}

function readTopicMap(
  reading: YamlReading,
  field: YamlField | undefined,
  what: string,
  role: 'table' | 'sink',
): Record<string, AnyTopic> {
  const fields = (field && reading.document.fields(field.value, what)) ?? []
  return Object.fromEntries(
    fields.flatMap(each => {
      const topic = topicNamed(reading, each.value, `${role} topic`)
      return topic ? [[each.key, topic]] : []
    }),
  )
}

/** The declared topic of that name; for an unknown one a problem and a stand-in, so that its processor is still checked. */
function topicNamed(reading: YamlReading, value: YamlValue, what: string): AnyTopic | undefined {
  const topic = readTopicName(reading, value, what)
  if (topic || !reading.document.isText(value)) return topic
  return standInTopic(`stand-in-${value.at.line}-${value.at.column}`, reading.options)
}

function standInTopic(name: string, { serdes }: YamlOptions): AnyTopic {
  const serde = Object.values(serdes)[0]!
  return topic(name, { key: serde, value: serde })
}

/** `[seen]`, or `{ seen: seen-lines }` where code uses another name than Postgres. */
function readStoreMap(
  { document, stores }: YamlReading,
  { value }: YamlField,
  where: string,
): Record<string, AnyStore> {
  const what = `stores of ${where}`
  const items = document.isList(value)
    ? (document.items(value, what) ?? []).map(item => ({ key: undefined, value: item }))
    : (document.fields(value, what) ?? [])
  const found: Record<string, AnyStore> = {}
  for (const { key, value: item } of items) {
    const name = document.text(item, what)
    if (name === undefined) continue
    const store = stores.get(name)
    if (store) found[key ?? name] = store
    else {
      const remedy = didYouMean(name, stores.keys()) || ': add it to stores'
      document.report(item.at, `store '${name}' of ${where} is not declared${remedy}`)
    }
  }
  return found
}
