import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, TopologyError } from '../definition/errors.ts'
import { registerTypeScript } from './typescript.ts'

/**
 * Imports a module of the user's, TypeScript or JavaScript, and returns its exports.
 * Errors: TopologyError CONFIG_INVALID when it cannot be loaded; a TopologyError that the module itself throws is passed on.
 */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  await registerTypeScript()
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (cause) {
    if (cause instanceof TopologyError) throw cause
    throw new TopologyError('CONFIG_INVALID', `module '${path}' cannot be loaded: ${messageOf(cause)}`, { cause })
  }
}
