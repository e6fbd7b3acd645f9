import type { Serde } from '../definition/serde.ts'
import type { AnyStore } from '../definition/store.ts'
import type { AnyTopic } from '../definition/topic.ts'
import type { YamlDocument } from './document.ts'
import type { Modules } from './modules.ts'
import type { Scope } from './scope.ts'

/** The parts that the caller supplies: the definition itself knows no serde. */
export interface YamlOptions {
  /** Serdes by the name that YAML gives them. Shape: `{ string, int64 }`. */
  readonly serdes: Readonly<Record<string, Serde<unknown>>>
  /** The serde of an Avro schema, given as the content of an .avsc file. */
  avro(schema: unknown): Serde<unknown>
  /** Imports a module that the file names, by its absolute path. Unset: Node's own import. Errors: it cannot be loaded. */
  load?(path: string): Promise<Readonly<Record<string, unknown>>>
}

/** A topology file while it is read. */
export interface YamlReading {
  readonly document: YamlDocument
  readonly modules: Modules
  readonly options: YamlOptions
  /** Built-in serdes, and those that the modules under `schemas` export. */
  readonly serdes: Scope
  /** The exports of the modules under `functions`. */
  readonly functions: Scope
  readonly topics: ReadonlyMap<string, AnyTopic>
  readonly stores: ReadonlyMap<string, AnyStore>
}

/** True for what can be called. */
export function isFunction(value: unknown): value is (...parameters: never[]) => unknown {
  return typeof value === 'function'
}

/** True for a serde, whatever it writes. */
export function isSerde(value: unknown): value is Serde<unknown> {
  const serde = value as Partial<Serde<unknown>> | null
  return (
    typeof serde === 'object' && serde !== null && typeof serde.bind === 'function' && typeof serde.name === 'string'
  )
}
