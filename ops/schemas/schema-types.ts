import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { readAvscFiles } from '../../schemas/avsc-files.ts'
import { generateTypes } from '../../schemas/generate.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import { packageRoot } from '../command-line/package-root.ts'

const header = '// Generated from '

/**
 * Brings the generated types of a folder's .avsc files up to date, in its subfolder `generated`: writes files that differ and
 * removes files whose .avsc file is gone. Returns the files that differed; without `write` nothing is changed.
 *
 * Errors: TopologyError CONFIG_INVALID for a folder without .avsc files; as `readAvscFiles` and `generateTypes`.
 */
export async function updateTypes(folder: string, options: { readonly write: boolean }): Promise<readonly string[]> {
  const files = await readAvscFiles(folder)
  if (files.length === 0) {
    throw new TopologyError('CONFIG_INVALID', `no .avsc file, in folder '${folder}': name the folder of your schemas`)
  }
  const target = join(folder, 'generated')
  const generated = new Map(generateTypes(files, libraryOf(target)).map(({ name, text }) => [join(target, name), text]))
  const present = await presentFiles(target)
  const changed = [...generated].filter(([path, text]) => present.get(path) !== text)
  const orphans = [...present].filter(([path, text]) => !generated.has(path) && text.startsWith(header))
  if (options.write) {
    await mkdir(target, { recursive: true })
    for (const [path, text] of changed) await writeFile(path, text)
    for (const [path] of orphans) await rm(path)
  }
  return [...changed, ...orphans].map(([path]) => path).sort()
}

async function presentFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => [])
  const paths = names.filter(name => name.endsWith('.ts')).map(name => join(folder, name))
  return new Map(await Promise.all(paths.map(async path => [path, await readFile(path, 'utf8')] as const)))
}

/** Inside the library's own source the library is a relative path; elsewhere it is the package. */
function libraryOf(folder: string): string {
  const serde = join(packageRoot(), 'schemas', 'avro', 'avro.ts')
  const inside = !relative(packageRoot(), resolve(folder)).startsWith('..') && existsSync(serde)
  return inside ? relative(resolve(folder), serde).split(sep).join('/') : 'millrace'
}
