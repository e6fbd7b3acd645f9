import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../../../ops/command-line/package-root.ts'

/** Programs that were compiled to JavaScript, as the package is: they start in a third of the time. */
export interface CompiledPrograms {
  readonly folder: string
  /** The compiled file of a source. Shape: `'processors/trading.ts'` to `'<folder>/out/processors/trading.js'`. */
  fileOf(source: string): string
  close(): Promise<void>
}

/**
 * Compiles TypeScript files of this repository, and all that they import, into a folder of its own. `beside`: files that these read, at
 * their places. Shape: `compiled(['processors/trading.ts'], ['processors/limits.yaml'])`.
 */
export async function compiled(sources: readonly string[], beside: readonly string[] = []): Promise<CompiledPrograms> {
  const root = packageRoot()
  const folder = await mkdtemp(join(tmpdir(), 'millrace-compiled-'))
  const settings = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions: {
      outDir: join(folder, 'out'),
      rootDir: root,
      declaration: false,
      noCheck: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: sources.map(source => join(root, source)),
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder])
  for (const file of beside) await copyFile(join(root, file), join(folder, 'out', file))
  return {
    folder,
    fileOf: source => join(folder, 'out', source.replace(/\.ts$/, '.js')),
    close: () => rm(folder, { recursive: true }),
  }
}
