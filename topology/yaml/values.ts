import { readFile } from 'node:fs/promises'
import type { UserFunction } from '../definition/definition.ts'
import { type Duration, durationMs } from '../definition/duration.ts'
import { messageOf } from '../definition/errors.ts'
import type { Serde } from '../definition/serde.ts'
import { didYouMean } from '../definition/suggestion.ts'
import type { AnyTopic } from '../definition/topic.ts'
import type { YamlDocument, YamlField, YamlValue } from './document.ts'
import { isPath } from './modules.ts'
import { isFunction, isSerde, type YamlReading } from './reading.ts'

/** A duration as text: `100ms`, `5m`. `msOf` says which are valid. */
export function readDuration(
  document: YamlDocument,
  value: YamlValue,
  what: string,
  msOf = durationMs,
): Duration | undefined {
  const text = document.text(value, what)
  return text === undefined ? undefined : parseDuration(document, value, what, text, msOf)
}

/** As `readDuration`, for a text that is a part of the value. */
export function parseDuration(
  document: YamlDocument,
  value: YamlValue,
  what: string,
  text: string,
  msOf = durationMs,
): Duration | undefined {
  try {
    msOf(text as Duration)
    return text as Duration
  } catch (error) {
    document.report(value.at, `${what}: ${messageOf(error)}`)
    return undefined
  }
}

/** A mapping of texts. Shape: `{ cleanup.policy: compact }`. */
export function readTexts(document: YamlDocument, value: YamlValue, what: string): Record<string, string> | undefined {
  const fields = document.fields(value, what)
  if (!fields) return undefined
  return Object.fromEntries(
    fields.flatMap(({ key, value: each }) => {
      const text = document.text(each, `'${key}' of ${what}`)
      return text === undefined ? [] : [[key, text]]
    }),
  )
}

/** One of the words; anything else is a problem. */
export function readWord<W extends string>(
  document: YamlDocument,
  value: YamlValue,
  what: string,
  words: readonly W[],
): W | undefined {
  const text = document.text(value, what)
  if (text === undefined || (words as readonly string[]).includes(text)) return text as W | undefined
  document.report(value.at, `${what} is '${text}': write ${words.join(' or ')}`)
  return undefined
}

/** The declared topic of that name; a problem and undefined for another. */
export function readTopicName(
  { document, topics }: Pick<YamlReading, 'document' | 'topics'>,
  value: YamlValue,
  what: string,
): AnyTopic | undefined {
  const name = document.text(value, what)
  if (name === undefined || topics.has(name)) return name === undefined ? undefined : topics.get(name)
  const remedy = didYouMean(name, topics.keys()) || ': add it to topics'
  document.report(value.at, `${what} '${name}' is not declared${remedy}`)
  return undefined
}

/** A function of a module; undefined for no field, and, with a problem, for one that names none. */
export async function readFunction(
  { modules, functions }: YamlReading,
  field: YamlField | undefined,
  what: string,
): Promise<UserFunction | undefined> {
  return field && (await modules.value(field.value, what, functions, 'function', isFunction))
}

/**
 * A serde: by name, by module reference, or by an .avsc file. A serde that cannot be read is reported as a problem and replaced by
 * a stand-in, so that everything built on it can still be checked.
 */
export async function readSerde(
  reading: YamlReading,
  field: YamlField | undefined,
  what: string,
): Promise<Serde<unknown>> {
  const { document, modules, options, serdes } = reading
  const standIn = Object.values(options.serdes)[0]!
  if (!field) return standIn
  const text = document.isText(field.value) ? document.text(field.value, what) : undefined
  if (text !== undefined && isPath(text) && text.endsWith('.avsc')) {
    try {
      return options.avro(JSON.parse(await readFile(modules.resolve(text), 'utf8')))
    } catch (error) {
      document.report(field.value.at, `${what} '${text}' is no Avro schema: ${messageOf(error)}`)
      return standIn
    }
  }
  return (await modules.value(field.value, what, serdes, 'serde', isSerde)) ?? standIn
}
