import type { AnyProcessor } from '../definition/processor.ts'
import type { YamlValue } from './document.ts'
import { yamlKeys } from './keys.ts'
import type { YamlReading } from './reading.ts'
import { readDuration, readFunction, readWord } from './values.ts'

/** Punctuations by name. Shape: `tick: { every: 10s, on: wall-clock, run: ./risk.ts#tick }`. */
export async function readPunctuations(
  reading: YamlReading,
  value: YamlValue,
  where: string,
): Promise<AnyProcessor['punctuations']> {
  const { document } = reading
  const punctuations: AnyProcessor['punctuations'][number][] = []
  for (const { key: name, value: each } of document.fields(value, `punctuate of ${where}`) ?? []) {
    const what = `punctuation '${name}' of ${where}`
    const fields = document.record(each, what, yamlKeys.punctuation, yamlKeys.punctuation)
    if (!fields?.every || !fields.on || !fields.run) continue
    const every = readDuration(document, fields.every.value, `every of ${what}`)
    const on = readWord(document, fields.on.value, `on of ${what}`, ['stream-time', 'wall-clock'] as const)
    const run = await readFunction(reading, fields.run, `run of ${what}`)
    if (every !== undefined && on && run) punctuations.push({ name, every, on, run: run as never })
  }
  return punctuations
}
