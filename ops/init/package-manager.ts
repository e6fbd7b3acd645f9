import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageAgent } from '../../topology/app/environment.ts'

/** The program that installs the packages of a project. */
export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

const lockFiles: readonly (readonly [string, PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['package-lock.json', 'npm'],
]

/** The package manager of a folder, by its lock file; else the one that runs this command. */
export function packageManager(folder: string): PackageManager {
  const locked = lockFiles.find(([file]) => existsSync(join(folder, file)))
  if (locked) return locked[1]
  const agent = /^(npm|pnpm|yarn|bun)\//.exec(packageAgent())
  return (agent?.[1] as PackageManager | undefined) ?? 'npm'
}

/** The commands of a package manager for a user to type. */
export function commandsOf(manager: PackageManager): {
  readonly install: string
  readonly exec: string
  readonly test: string
} {
  const exec = { npm: 'npx', pnpm: 'pnpm exec', yarn: 'yarn', bun: 'bunx' }[manager]
  return { install: `${manager} install`, exec, test: manager === 'bun' ? 'bun run test' : `${manager} test` }
}
