// `node ops/bin/image.mjs <folder>`: the trading application as its container runs it, compiled to JavaScript, with the other files at
// their places. The Dockerfile calls it, and so does its test. Dependencies are not copied.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { root } from './dependencies.mjs'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('image: name the folder to write to: node ops/bin/image.mjs <folder>')
  process.exit(2)
}
const target = resolve(folder)
const folders = ['topology', 'schemas', 'store', 'gateway', 'processors', 'ops']
// What works on a clone, or is read by people and other programs.
const left = /^ops\/(bin|runbooks|containers|monitoring)\/|^processors\/contract\/.*\.ts$|\.md$/

mkdirSync(target, { recursive: true })
const settings = join(target, 'tsconfig.json')
const compilerOptions = { noEmit: false, noCheck: true, outDir: target, rootDir: root, types: [] }
const include = [...folders, 'millrace.config.ts'].map(name => join(root, name))
const exclude = [join(root, 'processors/contract/read-portfolio.ts')]
writeFileSync(settings, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include, exclude }))
const build = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', settings], { stdio: 'inherit' })
rmSync(settings)
if (build.status !== 0) process.exit(1)

for (const name of folders)
  for (const entry of readdirSync(join(root, name), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1)
    if (!entry.isFile() || path.endsWith('.ts') || left.test(path)) continue
    mkdirSync(dirname(join(target, path)), { recursive: true })
    // Topologies in YAML name their modules.
    if (/^processors\/.*\.yaml$/.test(path))
      writeFileSync(
        join(target, path),
        readFileSync(join(root, path), 'utf8').replaceAll(/(\.\/[\w/-]+)\.ts\b/g, '$1.js'),
      )
    else cpSync(join(root, path), join(target, path))
  }
for (const name of ['package.json', 'compose.yaml']) cpSync(join(root, name), join(target, name))
console.error(`compiled the application into ${target}`)
