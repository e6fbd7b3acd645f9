import type { AnyStore } from '../definition/store.ts'
import { keyValueStore } from '../definition/stores/key-value.ts'
import type { YamlField } from './document.ts'
import { yamlKeys } from './keys.ts'
import type { YamlReading } from './reading.ts'
import { Scope } from './scope.ts'
import { readDuration, readSerde, readTexts } from './values.ts'

/**
 * A store: a key-value store in place, or one that a module exports.
 * Shape: `seen: { key: string, value: int64, ttl: 7d }`, `ledgers: ./stores.ts#ledgers`.
 */
export async function readStore(reading: YamlReading, { key: name, value }: YamlField): Promise<AnyStore> {
  const { document, modules, options } = reading
  const what = `store '${name}'`
  if (document.isText(value)) {
    const store = await modules.value(value, what, new Scope(), 'store', isStore)
    if (store && store.name !== name) {
      document.report(value.at, `${what} is called '${store.name}' in its module: use that name here`)
    }
    const standIn = Object.values(options.serdes)[0]!
    return store ?? keyValueStore(name, { key: standIn, value: standIn })
  }
  const fields = document.record(value, what, yamlKeys.store, ['key', 'value']) ?? {}
  const ttl = fields.ttl && readDuration(document, fields.ttl.value, `ttl of ${what}`)
  const changelog = fields.changelog && readTexts(document, fields.changelog.value, `changelog of ${what}`)
  return keyValueStore(name, {
    key: await readSerde(reading, fields.key, `key of ${what}`),
    value: await readSerde(reading, fields.value, `value of ${what}`),
    ...(ttl !== undefined && { ttl }),
    ...(changelog && { changelog }),
  })
}

/** True for a store, whatever it holds. */
function isStore(value: unknown): value is AnyStore {
  return typeof value === 'object' && value !== null && (value as Partial<AnyStore>).kind === 'store'
}
