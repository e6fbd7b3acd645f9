// Plain Node, no dependencies: it runs before there are any.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Installs what package-lock.json names and node_modules lacks. Ends the process when it cannot. */
export function installMissing() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old: install Node 20.19 or newer`)
  }
  const installed = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installed)) run('ci')
  else if (!agrees(installed)) run('install')
}

function run(command) {
  console.error(`installing dependencies (npm ${command}) ...`)
  // Standard output belongs to the command itself (`--json`): npm writes to standard error.
  const npm = spawnSync('npm', [command], { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (npm.status !== 0) fail(`npm ${command} failed: see its messages above`)
}

/** npm keeps the lock it installed: every package of ours must be in it at the same version, or be optional. */
function agrees(installed) {
  const has = JSON.parse(readFileSync(installed, 'utf8')).packages
  const wants = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wants).every(
    ([path, entry]) => path === '' || entry.optional || entry.peer || has[path]?.version === entry.version,
  )
}

function fail(message) {
  console.error(`millrace: ${message}`)
  process.exit(1)
}
