import type { SourceLocation } from '../definition/definition.ts'
import type { AnyProcessor } from '../definition/processor.ts'
import type { AnyStore } from '../definition/store.ts'
import { didYouMean } from '../definition/suggestion.ts'
import type { AnyTopic } from '../definition/topic.ts'
import type { YamlDocument, YamlField } from './document.ts'

/** The connections of a processor that the YAML declares. `stores` undefined: those that its module brings. */
export interface Wiring {
  readonly streams: readonly AnyTopic[]
  readonly tables: Readonly<Record<string, AnyTopic>>
  readonly sinks: Readonly<Record<string, AnyTopic>>
  readonly stores: Readonly<Record<string, AnyStore>> | undefined
}

type WiringFields = Partial<Record<'streams' | 'tables' | 'sinks' | 'stores', YamlField>>

/** A module that exports a whole processor was compiled against its own topics and names: the YAML must give it those. */
export function checkWiring(
  document: YamlDocument,
  module: AnyProcessor,
  wiring: Wiring,
  fields: WiringFields,
  at: SourceLocation,
  what: string,
): void {
  const placeOf = (part: keyof WiringFields) => fields[part]?.at ?? at
  const streams = (topics: readonly AnyTopic[]) => Object.fromEntries(topics.map(topic => [topic.name, topic]))
  compare(document, what, 'stream', placeOf('streams'), streams(module.streams), streams(wiring.streams), serdesOf)
  compare(document, what, 'table', placeOf('tables'), module.tables, wiring.tables, serdesOf)
  compare(document, what, 'sink', placeOf('sinks'), module.sinks, wiring.sinks, serdesOf)
  if (wiring.stores)
    compare(document, what, 'store', placeOf('stores'), module.stores, wiring.stores, store => store.name)
}

function serdesOf(topic: AnyTopic): string {
  return `${topic.key.name} and ${topic.value.name}`
}

function compare<T>(
  document: YamlDocument,
  what: string,
  part: string,
  at: SourceLocation,
  expected: Readonly<Record<string, T>>,
  given: Readonly<Record<string, T>>,
  describe: (value: T) => string,
): void {
  for (const name of Object.keys(given)) {
    if (name in expected) continue
    const remedy = didYouMean(name, Object.keys(expected)) || ': remove it, or add it to the module'
    document.report(at, `${part} '${name}' of ${what} is not used by its module${remedy}`)
  }
  for (const [name, value] of Object.entries(expected)) {
    const other = given[name]
    if (other === undefined) document.report(at, `${part} '${name}' of ${what} is missing, its module uses it: add it`)
    else if (describe(other) !== describe(value)) {
      const both = `has ${describe(other)} here and ${describe(value)} in its module`
      document.report(at, `${part} '${name}' of ${what} ${both}: make them one`)
    }
  }
}
