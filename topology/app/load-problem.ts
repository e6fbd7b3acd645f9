import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../definition/errors.ts'

/** A problem as esbuild reports it. */
interface CompilerProblem {
  readonly text: string
  readonly location?: { readonly file: string; readonly line: number; readonly column: number } | null
}

/**
 * An error of loading a module in words, on one line: each problem of the compiler with its place, a missing package with its
 * remedy, and whatever the module itself threw with the place where it did.
 * Shape: `'word-count.ts:3:8 Expected ";" but found "x"'`.
 */
export function loadProblem(error: unknown): string {
  const compiler = compilerProblems(error)
  if (compiler.length > 0) return compiler.join('; ')
  const message = messageOf(error).split('\n')[0]!.trim()
  const missing = missingModule(error, message)
  if (missing !== undefined) return missing
  if (codeOf(error) === 'ERR_REQUIRE_ESM' || codeOf(error) === 'ERR_REQUIRE_CYCLE_MODULE')
    return `${message}: Node ${process.versions.node} cannot require ES modules here: use Node 20.19, 22.12 or newer, name the file .mts, or set "type": "module" in package.json`
  return withPlace(error)
}

/** The message of an error, on one line, and the place in the user's own files where it was thrown, if there is one. */
export function withPlace(error: unknown): string {
  const message = messageOf(error).split('\n')[0]!.trim()
  const place = placeOf(error)
  return place === undefined ? message : `${message} (${place})`
}

/** The problems of a file that esbuild refuses: from its own list, or from the lines of a message that has crossed threads. */
function compilerProblems(error: unknown): readonly string[] {
  const { errors } = (error ?? {}) as { readonly errors?: unknown }
  const problems = Array.isArray(errors)
    ? (errors as readonly CompilerProblem[]).map(({ text, location }) =>
        location ? `${shown(location.file)}:${location.line}:${location.column + 1} ${text}` : text,
      )
    : [...messageOf(error).matchAll(/^(\S.*?):(\d+):(\d+): ERROR: (.*)$/gm)].map(
        ([, file, line, column, text]) => `${shown(file!)}:${line}:${Number(column) + 1} ${text}`,
      )
  return problems.map(problem => `${problem}${problem.includes('Top-level await') ? topLevelAwait : ''}`)
}

const topLevelAwait =
  ': the package is CommonJS, where a module cannot wait; name the file .mts, or set "type": "module" in package.json'

function missingModule(error: unknown, message: string): string | undefined {
  if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND' && codeOf(error) !== 'MODULE_NOT_FOUND') return undefined
  const [, kind, name] = /Cannot find (package|module) '([^']+)'/.exec(message) ?? []
  if (name === undefined) return message
  const [, importer] = / imported from (.+)$/.exec(message) ?? /\n- (.+)/.exec(messageOf(error)) ?? []
  const from = importer === undefined || isOwn(importer) ? '' : `, imported from ${shown(importer)},`
  if (kind === 'package' || !/^[./]|^file:/.test(name))
    return `package '${name}'${from} is not installed: install it, or correct the import`
  return `'${shown(name)}'${from} does not exist: correct the import`
}

/** The first place of a stack that lies in the user's own files. Shape: `'word-count.ts:12:5'`. */
function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const places = [
    ...stack.matchAll(/(?:\(|at |^)((?:file:\/\/)?\/[^\s()]+?|[A-Za-z]:\\[^()]+?):(\d+)(?::(\d+))?\)?$/gm),
  ]
  const own = places.find(([, file]) => !file!.includes('node_modules') && !file!.includes('node:'))
  return own && [shown(own[1]!), own[2], own[3]].filter(part => part !== undefined).join(':')
}

/** A file of millrace itself: the module that it was asked to load is the one that is missing. */
function isOwn(importer: string): boolean {
  return importer.includes(fileURLToPath(new URL('./module.', import.meta.url)))
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null)?.code
}

/** A file as the user sees it from this folder. */
function shown(file: string): string {
  const path = (file.startsWith('file:') ? fileURLToPath(file) : file).replace(/[?#].*$/, '')
  const short = relative(process.cwd(), path)
  return short !== '' && !short.startsWith('..') ? short : path
}
