import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, TopologyError } from '../topology/definition/errors.ts'
import type { AvroSchema } from '../topology/definition/serde.ts'
import { lastName } from './avro/matching.ts'
import { schemaName } from './avro/type.ts'
import { parseExactJson } from './exact-json.ts'

/** An .avsc file: one named type, which may name types of other files. */
export interface AvscFile {
  readonly path: string
  /** Full name of its type. Shape: `'millrace.trading.TradingSignal'`. */
  readonly name: string
  readonly schema: AvroSchema
}

/**
 * All .avsc files of a folder and its subfolders, in the order of their paths. An absent folder has none.
 *
 * Errors: TopologyError CONFIG_INVALID for a file that is no JSON or no named type, or for a name that two files define.
 */
export async function readAvscFiles(folder: string): Promise<readonly AvscFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.avsc') && !entry.parentPath.includes('node_modules'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  const files = new Map<string, AvscFile>()
  for (const path of paths) {
    const file = parseAvsc(path, await readFile(path, 'utf8'))
    const other = files.get(file.name)
    if (other) throw invalid(path, `defines '${file.name}', which ${other.path} defines`, 'give one another name')
    files.set(file.name, file)
  }
  return [...files.values()]
}

/** One file's text. Errors: as `readAvscFiles`. */
export function parseAvsc(path: string, text: string): AvscFile {
  let schema: AvroSchema
  try {
    schema = parseExactJson(text) as AvroSchema
  } catch (error) {
    throw invalid(path, `is not JSON (${messageOf(error)})`, 'fix it')
  }
  if (schema === null || typeof schema !== 'object' || typeof (schema as { name?: unknown }).name !== 'string') {
    throw invalid(path, 'is not a named type', 'write one record (or enum, or fixed) a file')
  }
  return { path, name: schemaName(schema), schema }
}

/**
 * A file's schema with the types of other files put in where they are first named, as registries and avsc want it.
 *
 * Source: Avro 1.11, "Names": a type is defined once, before it is named.
 */
export function selfContained(file: AvscFile, files: readonly AvscFile[]): AvroSchema {
  const definitions = new Map(files.map(each => [each.name, each]))
  const defined = new Set<string>()

  const walk = (schema: unknown, namespace: string): unknown => {
    if (typeof schema === 'string') return resolve(schema, namespace)
    if (Array.isArray(schema)) return schema.map(branch => walk(branch, namespace))
    const attributes = schema as Record<string, unknown>
    const { type } = attributes
    if (type === 'record' || type === 'error' || type === 'enum' || type === 'fixed') {
      const name = schemaName({ type, namespace, ...attributes })
      defined.add(name)
      if (!Array.isArray(attributes.fields)) return attributes
      const inner = name.slice(0, Math.max(0, name.lastIndexOf('.')))
      const fields = attributes.fields.map(field => ({ ...field, type: walk(field.type, inner) }))
      return { ...attributes, fields }
    }
    if (type === 'array') return { ...attributes, items: walk(attributes.items, namespace) }
    if (type === 'map') return { ...attributes, values: walk(attributes.values, namespace) }
    const inner = walk(type, namespace)
    return typeof inner === 'string' ? { ...attributes, type: inner } : inner
  }

  const resolve = (name: string, namespace: string): unknown => {
    const full = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
    const found = definitions.get(full) ?? definitions.get(name)
    if (!found || defined.has(found.name)) return name
    const namespaceOfFound = found.name.slice(0, Math.max(0, found.name.lastIndexOf('.')))
    return walk({ ...(found.schema as object), name: lastName(found.name), namespace: namespaceOfFound }, '')
  }

  return walk(file.schema, '') as AvroSchema
}

function invalid(path: string, what: string, remedy: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', `${path} ${what}: ${remedy}`)
}
