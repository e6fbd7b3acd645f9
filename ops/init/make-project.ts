import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectFiles } from '../../topology/app/project.ts'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'
import { packageRoot } from '../command-line/package-root.ts'
import { updateTypes } from '../schemas/schema-types.ts'
import { mergePackage, type PackageFile } from './package-file.ts'
import type { PackageManager } from './package-manager.ts'

/** The result of making a project, by paths relative to its folder. */
export interface MadeProject {
  readonly written: readonly string[]
  /** Files of the user's that were there, and stand as they were. */
  readonly kept: readonly string[]
}

const templates = fileURLToPath(new URL('./template/', import.meta.url))
const ending = '.template'
/** Files that a package may have already: they are kept. */
const mayExist = new Set(['README.md', 'tsconfig.json', '.gitignore'])

/**
 * Writes the files of a project into a folder, and makes the folder when it is missing. An existing package keeps all that it
 * has; its package.json gains what it lacks.
 *
 * Errors: TopologyError CONFIG_INVALID when a file of the same name is there, before anything is written.
 */
export async function makeProject(folder: string, manager: PackageManager): Promise<MadeProject> {
  await refuseFile(folder)
  const files = await templateFiles()
  const present = [...files.keys()].filter(path => existsSync(join(folder, path)))
  const config = projectFiles.filter(path => existsSync(join(folder, path)))
  const collisions = [...new Set([...present.filter(path => !mayExist.has(path)), ...config])]
  if (collisions.length > 0)
    throw new TopologyError(
      'CONFIG_INVALID',
      `${folder} has ${collisions.join(', ')} already, and init overwrites nothing: choose another folder, or move ${collisions.length === 1 ? 'it' : 'them'} away`,
    )
  const packageFile = await mergedPackage(folder)
  const written: string[] = []
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
    written.push(path)
  }
  for (const [path, text] of files) if (!present.includes(path)) await write(path, text)
  if (manager === 'pnpm' && !inPnpmWorkspace(folder)) await write('pnpm-workspace.yaml', pnpmSettings)
  const generated = await updateTypes(join(folder, 'schemas'), { write: true })
  written.push(...generated.map(path => relative(folder, path)))
  if (packageFile.changed) await write('package.json', packageFile.text)
  return { written, kept: present }
}

/** pnpm runs no install script that it is not told of, and fails: esbuild, which loads TypeScript, has one. */
const pnpmSettings = 'allowBuilds:\n  esbuild: true\n'

function inPnpmWorkspace(folder: string): boolean {
  const parent = dirname(folder)
  return existsSync(join(folder, 'pnpm-workspace.yaml')) || (parent !== folder && inPnpmWorkspace(parent))
}

async function refuseFile(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (found && !found.isDirectory())
    throw new TopologyError('CONFIG_INVALID', `'${folder}' is a file: name a folder for the project`)
}

/** The files of the template by the paths that they get. */
async function templateFiles(): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(templates, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith(ending))
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(relative(templates, parentPath), name.slice(0, -ending.length).replace(/^_/, '.'))
        return [path.replaceAll('\\', '/'), await readFile(join(parentPath, name), 'utf8')] as const
      }),
    ),
  )
}

async function mergedPackage(folder: string): Promise<{ readonly text: string; readonly changed: boolean }> {
  const path = join(folder, 'package.json')
  const text = existsSync(path) ? await readFile(path, 'utf8') : undefined
  let present: PackageFile | undefined
  try {
    present = text === undefined ? undefined : JSON.parse(text)
  } catch (error) {
    throw new TopologyError('CONFIG_INVALID', `'${path}' is not JSON (${messageOf(error)}): correct it`)
  }
  const own: PackageFile = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'))
  const merged = mergePackage(present, { own, name: basename(folder), source: await sourceOf(folder) })
  return {
    text: `${JSON.stringify(merged, undefined, 2)}\n`,
    changed: JSON.stringify(merged) !== JSON.stringify(present),
  }
}

/** The file from which the project of this folder has its millrace, if it is one: a new project takes it from there too. */
async function sourceOf(folder: string): Promise<string | undefined> {
  const text = await readFile('package.json', 'utf8').catch(() => '{}')
  const { dependencies, devDependencies } = JSON.parse(text) as PackageFile
  const named = (dependencies?.millrace ?? devDependencies?.millrace)?.match(/^file:(.+)$/)?.[1]
  return named === undefined ? undefined : `file:${relative(folder, join(process.cwd(), named)) || '.'}`
}
