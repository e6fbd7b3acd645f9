import { messageOf } from '../definition/errors.ts'
import type { Serde } from '../definition/serde.ts'
import { type AnyTopic, type TimestampExtractor, topic } from '../definition/topic.ts'
import type { YamlField, YamlValue } from './document.ts'
import { yamlKeys } from './keys.ts'
import type { YamlReading } from './reading.ts'
import { readFunction, readSerde, readTexts, readWord } from './values.ts'

/** A topic. Shape: `trading.signals: { key: string, value: TradingSignal, partitions: 6 }`. */
export async function readTopic(reading: YamlReading, { key: name, value }: YamlField): Promise<AnyTopic> {
  const { document } = reading
  const what = `topic '${name}'`
  const fields = document.record(value, what, yamlKeys.topic, ['key', 'value']) ?? {}
  const { partitions, config } = fields
  const count = partitions && document.wholeNumber(partitions.value, `partitions of ${what}`, 1)
  const texts = config && readTexts(document, config.value, `config of ${what}`)
  return topic(name, {
    ...(await readReading(reading, fields, what)),
    ...(count !== undefined && { partitions: count }),
    ...(texts && { config: texts }),
  })
}

/** The pattern of a stream. Shape: `{ match: '^orders\\.', key: string, value: Order }`. */
export async function readPattern(reading: YamlReading, value: YamlValue, where: string) {
  const { document } = reading
  const what = `from-pattern of ${where}`
  const fields = document.record(value, what, yamlKeys.pattern, ['match', 'key', 'value'])
  const text = fields?.match && document.text(fields.match.value, `match of ${what}`)
  if (text === undefined) return undefined
  try {
    return { match: new RegExp(text), like: await readReading(reading, fields ?? {}, what) }
  } catch (error) {
    document.report(fields!.match!.value.at, `match of ${what} is no regular expression: ${messageOf(error)}`)
    return undefined
  }
}

/** The parts of a topic that say how it is read. */
async function readReading(
  reading: YamlReading,
  fields: Partial<Record<'key' | 'value' | 'timestamp' | 'offset-reset' | 'misplaced', YamlField>>,
  what: string,
) {
  const { document } = reading
  const { timestamp, misplaced, 'offset-reset': offsetReset } = fields
  const extractor = await readFunction(reading, timestamp, `timestamp of ${what}`)
  const reset =
    offsetReset &&
    readWord(document, offsetReset.value, `offset-reset of ${what}`, ['earliest', 'latest', 'fail'] as const)
  const onWrongPartition =
    misplaced &&
    readWord(document, misplaced.value, `misplaced of ${what}`, ['count', 'dead-letter', 'ignore'] as const)
  return {
    key: (await readSerde(reading, fields.key, `key of ${what}`)) as Serde<NonNullable<unknown>>,
    value: await readSerde(reading, fields.value, `value of ${what}`),
    ...(extractor && { timestamp: extractor as TimestampExtractor<unknown, unknown> }),
    ...(reset && { offsetReset: reset }),
    ...(onWrongPartition && { misplaced: onWrongPartition }),
  }
}
