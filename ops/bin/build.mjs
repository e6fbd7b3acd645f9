// `npm run build`: dist/ as it is published: compiled sources, their types, and the other files that belong beside them.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { installMissing, root } from './dependencies.mjs'

const folders = ['topology', 'schemas', 'store', 'gateway', 'ops']
// The wings and the containers are of the trading application, and ops/bin works on a clone: none is part of the package.
const left = /^(schemas|store|gateway|ops)\/trading\/|^ops\/(bin|runbooks|containers)\//

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
    if (!entry.isFile() || path.endsWith('.ts') || left.test(path)) continue
    cpSync(join(root, path), join(root, 'dist', path))
    copied++
  }
}
chmodSync(join(root, 'dist/ops/cli.js'), 0o755)
console.error(`built dist/, with ${copied} files beside the sources`)
