import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TopologyError } from '../definition/errors.ts'
import { loadProblem } from './load-problem.ts'
import { registerTypeScript } from './typescript.ts'

/** The exports of a module. */
export type ModuleExports = Readonly<Record<string, unknown>>

/**
 * Imports a module of the user's, TypeScript or JavaScript, ES module or CommonJS, and returns its exports.
 * Errors: TopologyError CONFIG_INVALID when it cannot be loaded, with file and line where they are known; a TopologyError that
 * the module itself throws is passed on.
 */
export async function importModule(path: string): Promise<ModuleExports> {
  try {
    return await loadModule(path)
  } catch (cause) {
    if (cause instanceof TopologyError) throw cause
    throw new TopologyError('CONFIG_INVALID', `module '${path}' cannot be loaded: ${loadProblem(cause)}`, { cause })
  }
}

/** As `importModule`, with the error as Node or the compiler has it. */
export async function loadModule(path: string): Promise<ModuleExports> {
  await registerTypeScript()
  const file = resolve(path)
  // Node 20 cannot import a .cts file whose own imports are ES modules; requiring it works on every version.
  const exports = /\.c[jt]s$/.test(file) ? createRequire(file)(file) : await import(pathToFileURL(file).href)
  return exportsOf(exports)
}

/** The exports of a compiled CommonJS module are its `module.exports`: import() gives them as the default export. */
function exportsOf(module: unknown): ModuleExports {
  const { default: inner } = module as { readonly default?: unknown }
  if (isRecord(inner) && inner.__esModule === true) return inner
  return isRecord(module) ? module : { default: module }
}

function isRecord(value: unknown): value is ModuleExports {
  return typeof value === 'object' && value !== null
}
