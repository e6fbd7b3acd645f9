import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { avroOf } from '../../schemas/avro/avro.ts'
import { json } from '../../schemas/json.ts'
import type { TopologyDefinition } from '../definition/definition.ts'
import { TopologyError } from '../definition/errors.ts'
import type { AvroSchema, Serde } from '../definition/serde.ts'
import {
  boolean,
  bytes,
  decimal,
  float64,
  int32,
  int64,
  string,
  timestampMs,
  uuid,
} from '../definition/serdes/primitives.ts'
import { loadYaml } from '../yaml/load.ts'
import type { YamlOptions } from '../yaml/reading.ts'
import { loadProblem } from './load-problem.ts'
import { importModule, loadModule } from './module.ts'
import { loadProject } from './project.ts'

/** The serdes that a topology file may name. */
const serdes = { string, int32, int64, float64, boolean, bytes, uuid, decimal, timestampMs, json: json() }

/** The parts that topology files are read with. */
export const yamlOptions: YamlOptions = {
  serdes: serdes as Readonly<Record<string, Serde<unknown>>>,
  avro: schema => avroOf<unknown>(schema as AvroSchema),
  load: path =>
    loadModule(path).catch(cause => {
      throw new Error(loadProblem(cause), { cause })
    }),
}

/**
 * The topology of a `.yaml` file, or of a `.ts` or `.js` module: its default export, or the only topology it exports, or
 * `file.ts#name`. Unset: the topology of the project's `millrace.config.ts`.
 *
 * Errors: TopologyError CONFIG_INVALID when there is none; TOPOLOGY_INVALID for a YAML file with problems. A module's topology
 * is not checked here: `buildGraph` does.
 */
export async function loadTopology(reference?: string): Promise<TopologyDefinition> {
  return reference === undefined ? projectTopology() : readTopology(reference)
}

async function projectTopology(): Promise<TopologyDefinition> {
  const { topology, folder, file } = await loadProject()
  if (topology === undefined)
    throw invalid(
      file === undefined
        ? 'no topology is named and there is no millrace.config.ts in this folder: use --topology=<file>'
        : `no topology is named and '${file}' has none: use --topology=<file>, or set 'topology' there`,
    )
  return typeof topology === 'string' ? readTopology(relative(process.cwd(), resolve(folder, topology))) : topology
}

async function readTopology(reference: string): Promise<TopologyDefinition> {
  const [path, name] = reference.split('#') as [string, string | undefined]
  if (!existsSync(path)) throw invalid(`topology file '${path}' does not exist: correct the path`)
  if (/\.ya?ml$/.test(path)) {
    return await loadYaml(path, yamlOptions)
  }
  if (/\.[cm]?[jt]s$/.test(path)) return fromModule(path, name)
  throw invalid(`topology file '${path}' is of no known kind: name a .yaml, .ts or .js file`)
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

function isTopology(value: unknown): value is TopologyDefinition {
  return typeof value === 'object' && value !== null && (value as Partial<TopologyDefinition>).kind === 'topology'
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}

function invalid(message: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', message)
}
