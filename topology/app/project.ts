import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { GatewayExtension } from '../../gateway/extension.ts'
import type { TopologyDefinition } from '../definition/definition.ts'
import { TopologyError } from '../definition/errors.ts'
import type { PortAccess } from '../http/port-access.ts'
import type { Connections } from './connections.ts'
import type { FailedRows } from './metrics.ts'
import { importModule } from './module.ts'
import type { GivenServers } from './server-environment.ts'

/** Names of the file that describes a project, in the order in which they are looked for. */
export const projectFiles = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map(ending => `millrace.config.${ending}`)

/** A command of the application, beside those of millrace itself. */
export interface ProjectCommand {
  /** The line that `millrace --help` prints for it. */
  readonly summary: string
  /** Loads and makes the command. It is called only when the command is asked for. */
  load(): Promise<Command>
}

/** The description of a project that uses millrace: everything that commands need and that no flag gives. */
export interface ProjectConfig {
  /** The topology that commands take when none is named: a file relative to this one, or a definition. */
  readonly topology?: string | TopologyDefinition
  /** Addresses of the servers. The environment's variables come first, and may add credentials. */
  readonly connections?: GivenServers & Pick<Connections, 'schema'>
  /**
   * Output topics whose records are decisions, each with its outcome: their latency is measured, from the time of the record to its commit.
   * Shape: `{ 'orders.accepted': 'accepted', 'orders.refused': 'refused' }`.
   */
  readonly decisions?: Readonly<Record<string, string>>
  /**
   * Stores whose rows are what could not be reconciled, each with the column that says why: the records of their processor are timed one by one,
   * and its failures are counted by reason. Shape: `{ quarantine: { column: 'reason', reasons: ['OVERFILL', 'MALFORMED'] } }`.
   */
  readonly reconciliations?: Readonly<Record<string, FailedRows>>
  /** Folder of the .avsc files, relative to this file. Unset: `schemas`. */
  readonly schemas?: string
  /** The address on which workers and the gateway listen, and names that they answer to. The environment's variables come first. */
  readonly http?: Partial<Pick<PortAccess, 'host' | 'allowedHosts'>>
  /** Routes, pages, metrics and tables that the application adds to the gateway. They are loaded when a gateway starts. */
  readonly gateway?: () => Promise<GatewayExtension>
  /** Commands that the application adds to `millrace`, by name. */
  readonly commands?: Readonly<Record<string, ProjectCommand>>
}

/** A project's description and the folder that contains it. */
export interface Project extends ProjectConfig {
  /** Absolute. Relative paths of the description start here. */
  readonly folder: string
  /** The file that was read; undefined: there is none, and all is unset. */
  readonly file: string | undefined
}

/**
 * Describes a project, as the default export of `millrace.config.ts`. Returns what it is given, with its type.
 * Shape: `export default defineConfig({ topology: 'word-count.ts' })`.
 */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config
}

const loaded = new Map<string, Promise<Project>>()

/**
 * The project of a folder; read once. Without a file that describes it everything is unset.
 * Errors: TopologyError CONFIG_INVALID when the file cannot be loaded or has no default export.
 */
export function loadProject(folder: string = process.cwd()): Promise<Project> {
  const known = loaded.get(folder) ?? readProject(resolve(folder))
  loaded.set(folder, known)
  return known
}

async function readProject(folder: string): Promise<Project> {
  const file = projectFiles.map(name => resolve(folder, name)).find(existsSync)
  if (file === undefined) return { folder, file }
  const { default: config } = await importModule(file)
  if (typeof config !== 'object' || config === null)
    throw new TopologyError(
      'CONFIG_INVALID',
      `'${file}' has no default export: write export default defineConfig({ ... })`,
    )
  return { ...(config as ProjectConfig), folder: dirname(file), file }
}
