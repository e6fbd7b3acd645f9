// `npm run build`: dist/ as it is published: compiled sources, their types, and the files that stand beside them.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { installMissing, root } from './dependencies.mjs'

const folders = ['topology', 'processors', 'schemas', 'store', 'gateway', 'ops']
// These work on a clone, not on an installed package.
const left = [
  'ops/bin/build.mjs',
  'ops/bin/dependencies.mjs',
  'ops/bin/run.mjs',
  'ops/bin/start.mjs',
  'ops/bin/test.mjs',
]

installMissing()
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = join(root, 'node_modules/.bin/tsc')
const build = spawnSync(tsc, ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
if (build.status !== 0) process.exit(1)

let copied = 0
for (const folder of folders) {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
      .slice(root.length + 1)
      .replaceAll('\\', '/')
    if (!entry.isFile() || path.endsWith('.ts') || left.includes(path)) continue
    cpSync(join(root, path), join(root, 'dist', path))
    copied++
  }
}
chmodSync(join(root, 'dist/ops/cli.js'), 0o755)
console.error(`built dist/, with ${copied} files beside the sources`)
