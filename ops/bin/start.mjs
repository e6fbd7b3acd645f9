import { spawn } from 'node:child_process'
import { root } from './dependencies.mjs'

/** Runs a TypeScript file of this project; this process then ends as that one does, and passes signals on. */
export function start(file, args) {
  // Records are short-lived: with room for them (MiB) the garbage collector has less to copy. BENCHMARKS.md has what it saves.
  const node = ['--max-semi-space-size=64', '--import', 'tsx']
  const child = spawn(process.execPath, [...node, file, ...args], { cwd: root, stdio: 'inherit' })
  // The terminal sends Ctrl-C to both of us; this one waits for the other to end in its own way.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}
