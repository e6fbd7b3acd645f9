import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CommandResult, run } from './command.ts'
import { runEnvironment } from './run-environment.ts'

/** The packed library, installed into an empty package by npm. */
export interface InstalledPackage {
  readonly tarball: string
  /** Paths of the files in the tarball. */
  readonly files: readonly string[]
  /** An empty package with these fields in its package.json, that has the library installed. Returns its folder. */
  project(name: string, fields: Readonly<Record<string, unknown>>): string
}

const own = mkdtempSync(join(tmpdir(), 'millrace-package-'))
process.on('exit', () => rmSync(own, { recursive: true, force: true }))

/**
 * Packs and installs the library once in a run of the tests: the files that need it run one after another, and find it in the
 * folder of the run. A file that is run alone makes its own.
 */
export async function installedPackage(): Promise<InstalledPackage> {
  const { report } = runEnvironment
  const folder = join(report === undefined ? own : dirname(report), 'package')
  const facts = join(folder, 'packed.json')
  if (!existsSync(facts)) await install(folder, facts)
  const { filename, files } = JSON.parse(readFileSync(facts, 'utf8'))
  return {
    tarball: join(folder, filename),
    files: files.map(({ path }: { readonly path: string }) => path),
    project(name, fields) {
      const path = join(own, name)
      mkdirSync(path)
      writeFileSync(join(path, 'package.json'), JSON.stringify({ name, private: true, ...fields }))
      symlinkSync(join(folder, 'node_modules'), join(path, 'node_modules'))
      return path
    },
  }
}

async function install(folder: string, facts: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const packed = await succeeded(run('npm', ['pack', '--json', '--silent', '--pack-destination', folder]))
  const [described] = JSON.parse(packed.slice(packed.indexOf('[')))
  const nodeTypes: string = JSON.parse(readFileSync('package.json', 'utf8')).devDependencies['@types/node']
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'package', private: true }))
  const wanted = [join(folder, described.filename), `@types/node@${nodeTypes}`]
  await succeeded(run('npm', ['install', '--prefer-offline', '--no-audit', ...wanted], {}, folder))
  writeFileSync(facts, JSON.stringify(described))
}

/** The output of a command that has to end with 0. */
export async function succeeded(result: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  if (code !== 0) throw new Error(`it ended with ${code}\n${stdout}${stderr}`)
  return stdout
}
