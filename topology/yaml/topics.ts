import { type AnyTopic, type TimestampExtractor, topic } from '../definition/topic.ts'
import type { YamlField } from './document.ts'
import { yamlKeys } from './keys.ts'
import type { YamlReading } from './reading.ts'
import { readFunction, readSerde, readTexts, readWord } from './values.ts'

/** A topic. Shape: `trading.signals: { key: string, value: TradingSignal, partitions: 6 }`. */
export async function readTopic(reading: YamlReading, { key: name, value }: YamlField): Promise<AnyTopic> {
  const { document } = reading
  const what = `topic '${name}'`
  const fields = document.record(value, what, yamlKeys.topic, ['key', 'value']) ?? {}
  const { partitions, config, timestamp, misplaced, 'offset-reset': offsetReset } = fields
  const count = partitions && document.wholeNumber(partitions.value, `partitions of ${what}`, 1)
  const texts = config && readTexts(document, config.value, `config of ${what}`)
  const extractor = await readFunction(reading, timestamp, `timestamp of ${what}`)
  const reset =
    offsetReset &&
    readWord(document, offsetReset.value, `offset-reset of ${what}`, ['earliest', 'latest', 'fail'] as const)
  const onWrongPartition =
    misplaced &&
    readWord(document, misplaced.value, `misplaced of ${what}`, ['count', 'dead-letter', 'ignore'] as const)
  return topic(name, {
    key: await readSerde(reading, fields.key, `key of ${what}`),
    value: await readSerde(reading, fields.value, `value of ${what}`),
    ...(count !== undefined && { partitions: count }),
    ...(texts && { config: texts }),
    ...(extractor && { timestamp: extractor as TimestampExtractor<unknown, unknown> }),
    ...(reset && { offsetReset: reset }),
    ...(onWrongPartition && { misplaced: onWrongPartition }),
  })
}
