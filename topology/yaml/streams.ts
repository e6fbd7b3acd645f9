import type { TopologyBuilder } from '../definition/builder.ts'
import type { FailurePolicy, SourceLocation } from '../definition/definition.ts'
import { didYouMean } from '../definition/suggestion.ts'
import type { AnyTopic } from '../definition/topic.ts'
import { streamsScope } from '../dsl/entry.ts'
import { Stream } from '../dsl/streams/stream.ts'
import { Table } from '../dsl/tables/table.ts'
import type { YamlField, YamlValue } from './document.ts'
import { yamlKeys } from './keys.ts'
import { readOnError } from './on-error.ts'
import type { YamlReading } from './reading.ts'
import type { AnyGlobalTable, AnyStream, AnyTable, Labels, StepReading } from './steps/fields.ts'
import { checkSteps, runSteps } from './steps/run-steps.ts'
import { Branches, given, kindOf, type Stage } from './steps/step.ts'
import { readPattern } from './topics.ts'
import { readDuration, readTopicName } from './values.ts'

/** The sections of a file that declare streams and tables. */
interface StreamSections {
  readonly tables: readonly YamlField[]
  readonly globals: readonly YamlField[]
  readonly streams: readonly YamlField[]
}

/**
 * Adds the streams and tables of a file to the topology; false when some of them could not be followed to their end. Tables
 * are read first; a stream may begin at any other one, whatever their order in the file.
 */
export async function readStreams(
  reading: YamlReading,
  builder: TopologyBuilder,
  sections: StreamSections,
): Promise<boolean> {
  const problemsBefore = reading.document.problems.length
  const declared = new DeclaredStreams(reading, builder, sections, await policiesOf(reading, sections.tables))
  for (const field of sections.streams) await declared.stage(field.key)
  return reading.document.problems.length === problemsBefore
}

/** The failure policies of tables, by label. */
async function policiesOf(
  reading: YamlReading,
  tables: readonly YamlField[],
): Promise<ReadonlyMap<string, FailurePolicy>> {
  const policies = new Map<string, FailurePolicy>()
  for (const { key, value } of tables) {
    if (!reading.document.isMapping(value)) continue
    const field = reading.document.fields(value, `table '${key}'`)?.find(each => each.key === 'on-error')
    const policy = field && (await readOnError(reading, field.value, `table '${key}'`))
    if (policy) policies.set(key, policy)
  }
  return policies
}

/** Tables and streams by label, made when they are first asked for. */
class DeclaredStreams implements Labels {
  readonly #reading: StepReading
  readonly #builder: TopologyBuilder
  readonly #scope: ReturnType<typeof streamsScope>
  readonly #streams: ReadonlyMap<string, YamlField>
  readonly #tables: ReadonlyMap<string, AnyTable | undefined>
  readonly #globals: ReadonlyMap<string, AnyGlobalTable | undefined>
  readonly #stages = new Map<string, Stage | undefined>()
  readonly #open = new Set<string>()

  constructor(
    reading: YamlReading,
    builder: TopologyBuilder,
    { tables, globals, streams }: StreamSections,
    policies: ReadonlyMap<string, FailurePolicy>,
  ) {
    this.#reading = { ...reading, labels: this }
    this.#builder = builder
    this.#scope = streamsScope(builder)
    this.#streams = new Map(streams.map(field => [field.key, field]))
    this.#tables = new Map(tables.map(field => [field.key, this.#table(field, policies.get(field.key))]))
    this.#globals = new Map(globals.map(field => [field.key, this.#global(field)]))
    for (const { key, at } of streams) {
      if (this.#tables.has(key)) reading.document.report(at, `'${key}' is a table and a stream: give one another label`)
    }
  }

  /** The stage that the steps of a stream lead to; undefined, with problems, when they cannot be followed. */
  async stage(label: string): Promise<Stage | undefined> {
    if (this.#stages.has(label)) return this.#stages.get(label)
    const field = this.#streams.get(label)!
    this.#open.add(label)
    const stage = await this.#follow(field)
    this.#open.delete(label)
    this.#stages.set(label, stage)
    return stage
  }

  async stream(value: YamlValue, what: string): Promise<AnyStream | undefined> {
    const { document } = this.#reading
    const text = document.text(value, what)
    if (text === undefined) return undefined
    const [label, branch] = text.split('.') as [string, string | undefined]
    const stage = await this.#labelled(label, this.#streams.keys(), value.at, what)
    if (stage === undefined) return undefined
    if (stage instanceof Branches) return this.#branch(stage, text, branch, value.at, what)
    if (stage instanceof Stream) return stage
    document.report(value.at, `${what} '${label}' is a ${kindOf(stage)}: end its steps with a stream, as by to-stream`)
    return undefined
  }

  async table(value: YamlValue, what: string): Promise<AnyTable | undefined> {
    const { document } = this.#reading
    const label = document.text(value, what)
    if (label === undefined || this.#tables.has(label)) return label === undefined ? undefined : this.#tables.get(label)
    const stage = await this.#labelled(label, [...this.#tables.keys(), ...this.#streams.keys()], value.at, what)
    if (stage === undefined || stage instanceof Table) return stage as AnyTable | undefined
    document.report(value.at, `${what} '${label}' is a ${kindOf(stage)}: end its steps with a table, as by to-table`)
    return undefined
  }

  global(value: YamlValue, what: string): AnyGlobalTable | undefined {
    const { document } = this.#reading
    const label = document.text(value, what)
    if (label === undefined || this.#globals.has(label))
      return label === undefined ? undefined : this.#globals.get(label)
    const remedy = didYouMean(label, this.#globals.keys()) || ': add it to global-tables'
    document.report(value.at, `${what} '${label}' is not declared${remedy}`)
    return undefined
  }

  async #labelled(
    label: string,
    known: Iterable<string>,
    at: SourceLocation,
    what: string,
  ): Promise<Stage | undefined> {
    const { document } = this.#reading
    if (!this.#streams.has(label)) {
      document.report(at, `${what} '${label}' is not declared${didYouMean(label, known) || ': add it to streams'}`)
      return undefined
    }
    if (this.#open.has(label)) {
      document.report(at, `${what} '${label}' needs itself: let the records go through a topic`)
      return undefined
    }
    return this.stage(label)
  }

  #branch(
    { streams }: Branches,
    text: string,
    branch: string | undefined,
    at: SourceLocation,
    what: string,
  ): AnyStream | undefined {
    const stream = branch === undefined ? undefined : streams[branch]
    const names = Object.keys(streams)
    if (!stream) this.#reading.document.report(at, `${what} '${text}' names no branch: it has ${names.join(', ')}`)
    return stream
  }

  async #follow(field: YamlField): Promise<Stage | undefined> {
    const { document } = this.#reading
    const what = `stream '${field.key}'`
    const fields = document.record(field.value, what, yamlKeys.stream)
    if (!fields) return undefined
    const start = await this.#start(fields, field.at, what)
    const steps = fields.steps ? document.items(fields.steps.value, `steps of ${what}`) : []
    if (start && steps) return runSteps(this.#reading, this.#builder, start, steps, what)
    await checkSteps(this.#reading, steps ?? [], what)
    return undefined
  }

  async #start(
    {
      from,
      subtopology,
      'from-pattern': fromPattern,
      'from-stream': fromStream,
      'from-table': fromTable,
    }: Partial<Record<string, YamlField>>,
    at: SourceLocation,
    what: string,
  ): Promise<Stage | undefined> {
    const [start, second] = [from, fromPattern, fromStream, fromTable].filter(each => each !== undefined)
    if (!start || second) {
      const found = second ? 'several beginnings' : 'no beginning'
      this.#reading.document.report(
        (second ?? { at }).at,
        `${what} has ${found}: write one of from, from-pattern, from-stream, from-table`,
      )
      return undefined
    }
    if (subtopology && start !== from && start !== fromPattern)
      this.#reading.document.report(
        subtopology.at,
        `${what} has a subtopology but begins at no topic: write it where the records are read, beside from`,
      )
    if (start === fromStream) return this.stream(start.value, `from-stream of ${what}`)
    if (start === fromTable) return this.table(start.value, `from-table of ${what}`)
    const topics = start === from ? this.#topics(start.value, `from of ${what}`) : undefined
    const pattern = start === fromPattern ? await readPattern(this.#reading, start.value, what) : undefined
    const name = subtopology && this.#reading.document.text(subtopology.value, `subtopology of ${what}`)
    const options = name === undefined ? {} : { subtopology: name }
    if (pattern && name === undefined)
      this.#reading.document.report(start.at, `${what} begins at a pattern and has no subtopology: give it a name`)
    if (pattern && name !== undefined)
      return this.#placed(start.at, () => this.#scope.stream(pattern.match, { ...pattern.like, subtopology: name }))
    return topics && this.#placed(start.at, () => this.#scope.stream(topics, options))
  }

  /** `orders`, or `[orders, returns]`; undefined, with a problem, where one is not declared. */
  #topics(value: YamlValue, what: string): readonly AnyTopic[] | undefined {
    const { document } = this.#reading
    const items = document.isList(value) ? document.items(value, what)! : [value]
    if (items.length === 0) document.report(value.at, `${what} is empty: name at least one topic`)
    const topics = items.flatMap(item => readTopicName(this.#reading, item, what) ?? [])
    return topics.length > 0 && topics.length === items.length ? topics : undefined
  }

  #table({ key: label, at, value }: YamlField, onError: FailurePolicy | undefined): AnyTable | undefined {
    const { document } = this.#reading
    const what = `table '${label}'`
    const fields = document.record(value, what, yamlKeys.table, ['topic'])
    const topic = fields?.topic && readTopicName(this.#reading, fields.topic.value, `topic of ${what}`)
    const history = fields?.history && readDuration(document, fields.history.value, `history of ${what}`)
    const subtopology = fields?.subtopology && document.text(fields.subtopology.value, `subtopology of ${what}`)
    const options = given({ history, subtopology, onError })
    return topic && this.#placed(at, () => this.#scope.table(topic, label, options))
  }

  #global({ key: label, at, value }: YamlField): AnyGlobalTable | undefined {
    const what = `global table '${label}'`
    const fields = this.#reading.document.record(value, what, yamlKeys.globalTable, ['topic'])
    const topic = fields?.topic && readTopicName(this.#reading, fields.topic.value, `topic of ${what}`)
    return topic && this.#placed(at, () => this.#scope.globalTable(topic, label))
  }

  #placed<T>(at: SourceLocation, add: () => T): T {
    this.#builder.setPlace(at)
    const added = add()
    this.#builder.setPlace(undefined)
    return added
  }
}
