import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StartedServers, startServers } from '../../ops/cluster/choose.ts'
import { runEnvironment, type SharedPart } from './run-environment.ts'
import { type FileResult, runFile } from './run-file.ts'
import { type TestFile, testFiles } from './test-files.ts'

const root = process.cwd()
const filters = process.argv.slice(2).filter(argument => argument !== '--')
const processes = 2
const begun = performance.now()
const laps: string[] = []
const results: FileResult[] = []
let passed = 0
let failed = 0

const files = testFiles(root, filters)
if (files.length === 0) {
  console.log(`no test file matches ${filters.join(' ')}: name a part of a path under test/`)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'millrace-run-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143))

if (filters.length === 0) {
  check('types', 'tsc', ['--noEmit'])
  check('lint', 'biome', ['check', '--error-on-warnings', '.'])
}
const [quick, shared, alone] = [
  files.filter(f => !f.needsParts),
  files.filter(f => f.needsParts && !f.alone),
  files.filter(f => f.alone),
]
const started = shared.length + alone.length > 0 ? startAll() : undefined
await runAll('unit', quick, processes, undefined)
if (started) {
  const parts = await started
  const handed = JSON.stringify(sharedParts(parts))
  await runAll('integration', shared, processes, handed)
  await runAll('end to end', alone, 1, handed)
  await parts.stop()
}
summarise()

/** A tool of the check: one passed or failed item. */
function check(name: string, tool: string, args: readonly string[]): void {
  const start = performance.now()
  const run = spawnSync(join(root, 'node_modules/.bin', tool), args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (run.status === 0) passed++
  else {
    failed++
    console.log(`${run.stdout}${run.stderr}`.trimEnd())
  }
  console.log(`${run.status === 0 ? 'ok  ' : 'FAIL'} ${name}  ${seconds(performance.now() - start)}`)
  laps.push(`${name} ${seconds(performance.now() - start)}`)
}

async function startAll(): Promise<StartedServers> {
  const start = performance.now()
  const parts = await startServers(['kafka', 'registry', 'postgres'])
  const lines = parts.parts.map(part => `${part.name} ${part.origin} ${part.url.replace(/\/\/.*@/, '//')}`)
  console.log(`parts: ${lines.join(', ') || 'none'}  ${seconds(performance.now() - start)}`)
  for (const { name, reason } of parts.missing) console.log(`parts: no ${name}: ${reason}`)
  laps.push(`start of parts ${seconds(performance.now() - start)}`)
  return parts
}

function sharedParts(started: StartedServers): Record<string, SharedPart> {
  return Object.fromEntries([
    ...started.parts.map((part): [string, SharedPart] => [part.name, { url: part.url, origin: part.origin }]),
    ...started.missing.map(({ name, reason }): [string, SharedPart] => [name, { missing: reason }]),
  ])
}

async function runAll(
  name: string,
  files: readonly TestFile[],
  width: number,
  parts: string | undefined,
): Promise<void> {
  if (files.length === 0) return
  const start = performance.now()
  const queue = [...files]
  const work = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const result = await runFile(root, folder, file, parts)
      results.push(result)
      print(result)
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  laps.push(`${name} ${seconds(performance.now() - start)}`)
}

function print(result: FileResult): void {
  passed += result.passed
  failed += result.failed
  const skipped = result.skipped.length > 0 ? `, ${result.skipped.length} skipped` : ''
  const counts = `${result.passed} passed${result.failed > 0 ? `, ${result.failed} failed` : ''}${skipped}`
  console.log(`${result.failed > 0 ? 'FAIL' : 'ok  '} ${result.path}  ${counts}  ${seconds(result.ms)}`)
  for (const text of result.told) console.log(text.replaceAll(/^/gm, '     '))
  if (result.failed === 0) return
  // The failures come first, then the whole output: of a long output a reader elsewhere may see only the beginning.
  for (const failure of result.failures) console.log(`  -> ${failure}`)
  console.log(result.output.trimEnd().replaceAll(/^/gm, '     '))
}

function summarise(): void {
  const skipped = results.flatMap(result => result.skipped.map(skip => `${result.path}: ${skip.name}: ${skip.reason}`))
  const failures = results.flatMap(result => result.failures.map(failure => `${result.path}: ${failure}`))
  if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map(line => `  ${line}\n`).join('')}`)
  if (failures.length > 0) console.log(`\nfailed:\n${failures.map(line => `  ${line}\n`).join('')}`)
  console.log(
    `\n${[...laps, `total ${seconds(performance.now() - begun)}`].join(', ')}${runEnvironment.ci ? ' (CI)' : ''}`,
  )
  console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
  process.exitCode = failed > 0 ? 1 : 0
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
