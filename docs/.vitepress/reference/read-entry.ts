import { resolve } from 'node:path'
import { isExportDeclaration, isNamedExports, type Node, type Statement } from 'typescript/unstable/ast'
import { API, type Checker, type Project } from 'typescript/unstable/sync'
import { type Described, declaredParts, describe } from './declaration.ts'
import type { PackageEntry } from './entries.ts'
import { declarationsOf, typesIn } from './names.ts'

/** A name and its description; a name that another package declares has only that package's name. */
export type NamedExport = {
  readonly name: string
} & ({ readonly described: Described } | { readonly from: string })

/** Names under one comment of an entry's file. */
export interface Section {
  readonly comment: string
  readonly names: readonly NamedExport[]
}

/** An entry as it was read: the names that it exports, and the types that they mention although no entry exports them. */
export interface EntryNames {
  readonly sections: readonly Section[]
  readonly mentioned: readonly NamedExport[]
}

interface Exported {
  readonly name: string
  readonly comment: string
  readonly from: string
  readonly nodes: readonly Node[]
}

/**
 * Reads the names of entries with the compiler that builds the package: TypeDoc 0.28 knows TypeScript up to version 6.
 * Errors: Error for a file that the package does not hold.
 */
export function readEntries(root: string, entries: readonly PackageEntry[]): ReadonlyMap<PackageEntry, EntryNames> {
  const api = new API({ cwd: root })
  try {
    const snapshot = api.updateSnapshot({ openProjects: [resolve(root, 'tsconfig.build.json')] })
    const project = snapshot.getProjects()[0]!
    const read = entries.map(entry => [entry, exportsOf(resolve(root, entry.file), project)] as const)
    const known = new Set(read.flatMap(([, names]) => names.map(({ name }) => name)))
    return new Map(read.map(([entry, names]) => [entry, entryNames(names, known, project.checker)]))
  } finally {
    api.close()
  }
}

function exportsOf(file: string, { program, checker }: Project): readonly Exported[] {
  const source = program.getSourceFile(file)
  if (source === undefined) throw new Error(`${file} is not part of the package`)
  let comment = ''
  return source.statements.flatMap(statement => {
    if (!isExportDeclaration(statement) || !statement.exportClause || !isNamedExports(statement.exportClause)) return []
    comment = commentBefore(statement, source.text) || comment
    const from = statement.moduleSpecifier?.getText().slice(1, -1) ?? ''
    return statement.exportClause.elements.map(({ name }) => {
      const nodes = from.startsWith('.') ? declarationsOf(name, checker) : []
      return { name: name.getText(), comment, from, nodes }
    })
  })
}

/** The line comments that stand right above a statement, as one text. */
function commentBefore(statement: Statement, source: string): string {
  const lines = source.slice(statement.pos, statement.getStart()).split('\n')
  return lines
    .filter(line => line.startsWith('// ') && !line.startsWith('// biome-ignore'))
    .map(line => line.slice(3))
    .join(' ')
}

function entryNames(names: readonly Exported[], known: ReadonlySet<string>, checker: Checker): EntryNames {
  const comments = [...new Set(names.map(({ comment }) => comment))]
  const sections = comments.map(comment => ({
    comment,
    names: names.filter(name => name.comment === comment).map(name => namedExport(name, checker)),
  }))
  const exported = new Map(names.map(({ name, nodes }) => [name, nodes]))
  return { sections, mentioned: mentionedTypes(exported, known, checker) }
}

function namedExport({ name, from, nodes }: Exported, checker: Checker): NamedExport {
  return nodes.length === 0 ? { name, from } : { name, described: describe(name, nodes, checker) }
}

/** Types that the names mention without being exported: options, mostly. */
function mentionedTypes(
  exported: ReadonlyMap<string, readonly Node[]>,
  known: ReadonlySet<string>,
  checker: Checker,
): readonly NamedExport[] {
  const nodes = [...exported.values()].flat()
  const shown = [...nodes, ...nodes.flatMap(node => declaredParts(node, checker))]
  const types = new Map(shown.flatMap(node => [...typesIn(node, checker)]))
  const others = [...types].filter(([name]) => !known.has(name)).sort(([a], [b]) => a.localeCompare(b))
  return others.map(([name, found]) => ({ name, described: describe(name, found, checker) }))
}
