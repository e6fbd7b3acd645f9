import { type Duration, signedDurationMs } from '../../definition/duration.ts'
import type { Serde } from '../../definition/serde.ts'
import type { AnyStore } from '../../definition/store.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import type { StreamJoinOptions } from '../../dsl/joins/stream-join-nodes.ts'
import type { OperatorOptions } from '../../dsl/operator.ts'
import type { Updates } from '../../dsl/streams/key-value-aggregate.ts'
import type { Stream } from '../../dsl/streams/stream.ts'
import type { SuppressLimit } from '../../dsl/suppression/suppress.ts'
import type { GlobalTable } from '../../dsl/tables/global-table.ts'
import type { Table } from '../../dsl/tables/table.ts'
import type { TransformOptions } from '../../dsl/tables/transform-values.ts'
import type { YamlField, YamlValue } from '../document.ts'
import { isSerde, type YamlReading } from '../reading.ts'
import { readDuration, readFunction, readSerde, readTopicName, readWord } from '../values.ts'

/** A value that a module exports. YAML knows no types: the operator takes it as the type that it needs. */
// biome-ignore lint/suspicious/noExplicitAny: the boundary between modules named in YAML and typed operators
type Untyped = any
export type ModuleFunction = (...parameters: Untyped[]) => Untyped

/** A key that is there. */
export type AnyKey = NonNullable<unknown>
/** Streams and tables whose types YAML cannot know. */
export type AnyStream = Stream<AnyKey, unknown>
export type AnyTable = Table<AnyKey, unknown>
export type AnyGlobalTable = GlobalTable<AnyKey, unknown>

/** Streams and tables that were declared under a label. A problem and undefined for an unknown one. */
export interface Labels {
  stream(value: YamlValue, what: string): Promise<AnyStream | undefined>
  table(value: YamlValue, what: string): Promise<AnyTable | undefined>
  global(value: YamlValue, what: string): AnyGlobalTable | undefined
}

/** The tools with which a step is read. */
export interface StepReading extends YamlReading {
  readonly labels: Labels
}

/** The types that the fields of steps may hold. */
export interface FieldTypes {
  readonly function: ModuleFunction
  readonly serde: Serde<Untyped>
  readonly text: string
  /** The options that `process` takes in TypeScript, exported by a module. */
  readonly operator: OperatorOptions<AnyKey, unknown, AnyKey, unknown, Record<string, AnyStore>>
  /** The options that `transformValues` takes in TypeScript, exported by a module. */
  readonly transform: TransformOptions<AnyKey, unknown, unknown, Record<string, AnyStore>>
  readonly duration: Duration
  readonly count: number
  readonly updates: Updates
  readonly full: SuppressLimit['then']
  readonly within: StreamJoinOptions<unknown>['within']
  readonly topic: AnyTopic
  readonly topics: readonly AnyTopic[]
  readonly stream: AnyStream
  readonly table: AnyTable
  readonly global: AnyGlobalTable
}

/** A key of `FieldTypes`; with a `?` the field may be left out. */
type FieldKind = keyof FieldTypes | `${keyof FieldTypes}?`

/** Fields by name. The first is the one meant where a step holds a value alone: `filter: isLarge` is `filter: { by: isLarge }`. */
export type Fields = Readonly<Record<string, FieldKind>>

/** Values of the fields. */
export type Given<F extends Fields> = {
  readonly [N in keyof F]: F[N] extends `${infer T extends keyof FieldTypes}?`
    ? FieldTypes[T] | undefined
    : FieldTypes[F[N] & keyof FieldTypes]
}

type Readers = {
  readonly [T in keyof FieldTypes]: (
    reading: StepReading,
    field: YamlField,
    what: string,
  ) => Promise<FieldTypes[T] | undefined> | FieldTypes[T] | undefined
}

const readers: Readers = {
  function: (reading, field, what) => readFunction(reading, field, what) as Promise<ModuleFunction | undefined>,
  serde: readSerde,
  text: ({ document }, { value }, what) => document.text(value, what),
  operator: ({ modules, functions }, { value }, what) =>
    modules.value(value, what, functions, 'operator, as process() takes one', isOperator),
  transform: ({ modules, functions }, { value }, what) =>
    modules.value(value, what, functions, 'operator, as transformValues() takes one', isTransform),
  duration: ({ document }, { value }, what) => readDuration(document, value, what),
  count: ({ document }, { value }, what) => document.wholeNumber(value, what, 1),
  updates: ({ document }, { value }, what) => readWord(document, value, what, ['each', 'per-commit'] as const),
  full: ({ document }, { value }, what) => readWord(document, value, what, ['emit-early', 'stop'] as const),
  within: readWithin,
  topic: (reading, { value }, what) => readTopicName(reading, value, what),
  topics: (reading, { value }, what) =>
    reading.document.items(value, what)?.flatMap(item => readTopicName(reading, item, what) ?? []),
  stream: ({ labels }, { value }, what) => labels.stream(value, what),
  table: ({ labels }, { value }, what) => labels.table(value, what),
  global: ({ labels }, { value }, what) => labels.global(value, what),
}

/** Reads the fields of a step; undefined, with problems, when one is missing or wrong. */
export async function readFields<F extends Fields>(
  reading: StepReading,
  argument: YamlValue,
  what: string,
  fields: F,
): Promise<Given<F> | undefined> {
  const { document } = reading
  const problemsBefore = document.problems.length
  const given = fieldsOf(reading, argument, what, fields)
  if (!given) return undefined
  const values: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(given)) {
    const kind = fields[name]!.replace('?', '') as keyof FieldTypes
    values[name] = await readers[kind](reading, field, `'${name}' of ${what}`)
  }
  // A label whose own steps failed gives nothing; its problem was reported before.
  const complete = Object.values(values).every(value => value !== undefined)
  return complete && document.problems.length === problemsBefore ? (values as Given<F>) : undefined
}

function fieldsOf(
  { document }: StepReading,
  argument: YamlValue,
  what: string,
  fields: Fields,
): Readonly<Record<string, YamlField>> | undefined {
  const names = Object.keys(fields)
  const required = names.filter(name => !fields[name]!.endsWith('?'))
  if (argument.node === null && required.length === 0) return {}
  const [first] = names
  if (first === undefined) {
    document.report(argument.at, `${what} takes nothing: write its name alone`)
    return undefined
  }
  if (document.isMapping(argument) || required.some(name => name !== first)) {
    return document.record(argument, what, names, required) as Readonly<Record<string, YamlField>> | undefined
  }
  return { [first]: { key: first, at: argument.at, value: argument } }
}

/** `15m`: as far before as after; or `{ before: 1m, after: 15m }`, of which one may be negative. */
function readWithin(reading: StepReading, { value }: YamlField, what: string): FieldTypes['within'] | undefined {
  const { document } = reading
  if (!document.isMapping(value)) return readDuration(document, value, what)
  const fields = document.record(value, what, ['before', 'after'], ['before', 'after'])
  const before = fields?.before && readDuration(document, fields.before.value, `before of ${what}`, signedDurationMs)
  const after = fields?.after && readDuration(document, fields.after.value, `after of ${what}`, signedDurationMs)
  return before === undefined || after === undefined ? undefined : { before, after }
}

function isOperator(value: unknown): value is FieldTypes['operator'] {
  const options = value as Partial<FieldTypes['operator']> | null
  if (typeof options !== 'object' || options === null) return false
  return typeof options.name === 'string' && typeof options.process === 'function' && isSerde(options.value)
}

function isTransform(value: unknown): value is FieldTypes['transform'] {
  const options = value as Partial<FieldTypes['transform']> | null
  if (typeof options !== 'object' || options === null) return false
  return typeof options.name === 'string' && typeof options.transform === 'function' && isSerde(options.value)
}
