import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SourceLocation } from '../definition/definition.ts'
import { messageOf } from '../definition/errors.ts'
import { didYouMean } from '../definition/suggestion.ts'
import type { YamlDocument, YamlValue } from './document.ts'
import type { Scope } from './scope.ts'

/** The exports of an imported module. */
type Exports = Readonly<Record<string, unknown>>

/**
 * Values of TypeScript modules that a YAML file names: `./risk.ts` is the default export (or the only one),
 * `./risk.ts#limit` a named one, and a bare `limit` an export of one of the modules that the file lists for such names.
 */
export class Modules {
  readonly #document: YamlDocument
  readonly #folder: string
  readonly #load: (path: string) => Promise<Exports>
  readonly #loaded = new Map<string, Promise<Exports | Error>>()

  /** `path` is that of the YAML file: references are relative to it. `load` imports a module. */
  constructor(document: YamlDocument, path: string, load: (path: string) => Promise<Exports> = imported) {
    this.#document = document
    this.#load = load
    this.#folder = dirname(resolve(path))
  }

  /** Absolute path of a file that the YAML names. */
  resolve(reference: string): string {
    return resolve(this.#folder, reference)
  }

  /** All exports of a module; a problem and undefined when it cannot be imported. */
  async exports(file: string, at: SourceLocation): Promise<Exports | undefined> {
    const path = this.resolve(file)
    const loaded = this.#loaded.get(path) ?? load(path, this.#load)
    this.#loaded.set(path, loaded)
    const exports = await loaded
    if (!(exports instanceof Error)) return exports
    this.#document.report(at, `module '${file}' cannot be loaded: ${exports.message}`)
    return undefined
  }

  /**
   * The value that a reference names. `accepts` says which values will do, and `expected` names them in messages. Without a
   * default export `./risk.ts` is the only export that `prefers` (unset: `accepts`) takes.
   */
  async value<T>(
    value: YamlValue,
    what: string,
    scope: Scope,
    expected: string,
    accepts: (value: unknown) => value is T,
    prefers: (value: unknown) => boolean = accepts,
  ): Promise<T | undefined> {
    const reference = this.#document.text(value, what)
    if (reference === undefined) return undefined
    if (/=>|\(/.test(reference)) {
      const remedy = "put it into a module, and name it as './module.ts#name'"
      this.#document.report(value.at, `${what} '${reference}' is code: ${remedy}`)
      return undefined
    }
    const found = isPath(reference)
      ? await this.#fromModule(reference, value.at, [prefers, accepts])
      : this.#fromScope(reference, value.at, what, scope)
    if (found === undefined || accepts(found)) return found as T | undefined
    this.#document.report(value.at, `${what} '${reference}' is no ${expected}: export one there`)
    return undefined
  }

  #fromScope(name: string, at: SourceLocation, what: string, scope: Scope): unknown {
    const [origin, rival] = scope.find(name)
    if (origin && !rival) return origin.value
    const path = `'${origin?.file ?? rival?.file ?? './module.ts'}#${name}'`
    if (rival) this.#document.report(at, `${what} '${name}' is exported by two modules: write it as ${path}`)
    else {
      const remedy = didYouMean(name, scope.names()) || `: write it as ${path}`
      this.#document.report(at, `${what} '${name}' is not known${remedy}`)
    }
    return undefined
  }

  async #fromModule(
    reference: string,
    at: SourceLocation,
    guards: readonly ((value: unknown) => boolean)[],
  ): Promise<unknown> {
    const [file, name] = reference.split('#') as [string, string | undefined]
    const exports = await this.exports(file, at)
    if (!exports) return undefined
    if (name !== undefined) {
      if (Object.hasOwn(exports, name)) return exports[name]
      const names = Object.keys(exports)
      const remedy = didYouMean(name, names) || `; it has ${names.join(', ')}`
      this.#document.report(at, `module '${file}' has no export '${name}'${remedy}`)
      return undefined
    }
    if (exports.default !== undefined) return exports.default
    const names = Object.keys(exports)
    const fitting = guards.map(guard => names.filter(key => guard(exports[key]))).find(found => found.length > 0) ?? []
    if (fitting.length === 1) return exports[fitting[0]!]
    const remedy = fitting.length > 1 ? `name one, such as '${file}#${fitting[0]}'` : 'add one'
    this.#document.report(at, `module '${file}' has no default export: ${remedy}`)
    return undefined
  }
}

/** True for a reference to a file: it begins with a dot or a slash. */
export function isPath(reference: string): boolean {
  return /^[./]/.test(reference)
}

async function load(path: string, importer: (path: string) => Promise<Exports>): Promise<Exports | Error> {
  const file = [path, compiled(path)].find(existsSync)
  if (file === undefined) return new Error('the file does not exist: correct the path')
  try {
    return await importer(file)
  } catch (error) {
    return new Error(messageOf(error))
  }
}

function imported(path: string): Promise<Exports> {
  return import(pathToFileURL(path).href)
}

/** The path of a TypeScript module after compilation: a published YAML file still names the source. */
function compiled(path: string): string {
  return path.replace(/\.([cm]?)ts$/, '.$1js')
}
