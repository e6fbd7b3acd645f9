import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { avroOf } from '../../schemas/avro/avro.ts'
import { json } from '../../schemas/json.ts'
import { boolean, bytes, decimal, float64, int32, int64, string, timestampMs, uuid } from '../../schemas/serdes.ts'
import type { TopologyDefinition } from '../definition/definition.ts'
import { messageOf, TopologyError } from '../definition/errors.ts'
import type { AvroSchema, Serde } from '../definition/serde.ts'
import { loadYaml } from '../yaml/load.ts'
import type { YamlOptions } from '../yaml/reading.ts'
import { registerTypeScript } from './typescript.ts'

/** What commands run when no file is named. */
export const defaultTopologies = ['processors/trading.yaml', 'processors/trading.ts'] as const

/** The serdes that a topology file may name. */
const serdes = { string, int32, int64, float64, boolean, bytes, uuid, decimal, timestampMs, json: json() }

const yamlOptions: YamlOptions = {
  serdes: serdes as Readonly<Record<string, Serde<unknown>>>,
  avro: schema => avroOf<unknown>(schema as AvroSchema),
}

/**
 * The topology of a `.yaml` file, or of a `.ts` or `.js` module: its default export, or the only topology it exports, or
 * `file.ts#name`. Unset: the first of `defaultTopologies` that exists.
 *
 * Errors: TopologyError CONFIG_INVALID when there is none; TOPOLOGY_INVALID for a YAML file with problems. A module's topology
 * is not checked here: `buildGraph` does.
 */
export async function loadTopology(reference?: string): Promise<TopologyDefinition> {
  const [path, name] = (reference ?? defaultTopology()).split('#') as [string, string | undefined]
  if (!existsSync(path)) throw invalid(`topology file '${path}' does not exist: correct the path`)
  await registerTypeScript()
  if (/\.ya?ml$/.test(path)) return await loadYaml(path, yamlOptions)
  if (/\.[cm]?[jt]s$/.test(path)) return fromModule(path, name)
  throw invalid(`topology file '${path}' is of no known kind: name a .yaml, .ts or .js file`)
}

function defaultTopology(): string {
  const found = defaultTopologies.find(existsSync)
  if (found !== undefined) return found
  throw invalid(`no topology is named and neither ${defaultTopologies.join(' nor ')} exists: use --topology=<file>`)
}

async function fromModule(path: string, name: string | undefined): Promise<TopologyDefinition> {
  const exports = await importModule(path)
  const names = Object.keys(exports).filter(key => isTopology(exports[key]))
  const wanted = name ?? (names.includes('default') ? 'default' : names.length === 1 ? names[0]! : undefined)
  const topology = wanted === undefined ? undefined : exports[wanted]
  if (isTopology(topology)) return topology
  if (name !== undefined) throw invalid(`module '${path}' exports no topology '${name}': it has ${list(names)}`)
  const remedy = names.length > 1 ? `name one, such as ${path}#${names[0]}` : 'export what topology() returns'
  throw invalid(`module '${path}' has no topology as its default export: ${remedy}`)
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    if (error instanceof TopologyError) throw error
    throw invalid(`module '${path}' cannot be loaded: ${messageOf(error)}`, error)
  }
}

function isTopology(value: unknown): value is TopologyDefinition {
  return typeof value === 'object' && value !== null && (value as Partial<TopologyDefinition>).kind === 'topology'
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}

function invalid(message: string, cause?: unknown): TopologyError {
  return new TopologyError('CONFIG_INVALID', message, { cause })
}
