import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'

const run = promisify(execFile)
const entry = new URL('../../topology/index.ts', import.meta.url)

/** Prints the packages that a program has loaded, by `import` and by `require`, beside those that tsx loads to run it. */
const report = `
  import { createRequire, register } from 'node:module'
  const hook = 'import { writeSync } from "node:fs"; export async function load(url, context, next) { writeSync(1, url + "\\\\n"); return next(url, context) }'
  register('data:text/javascript,' + encodeURIComponent(hook))
  const before = new Set(Object.keys(createRequire('/').cache))
  process.on('exit', () => {
    for (const path of Object.keys(createRequire('/').cache)) if (!before.has(path)) console.log(path)
  })
  const millrace = await import(${JSON.stringify(entry.href)})`

async function packagesOf(program: string): Promise<readonly string[]> {
  const args = [...process.execArgv, '--input-type=module', '-e', `${report}\n${program}`]
  const { stdout } = await run(process.execPath, args, { maxBuffer: 10_000_000 })
  const names = stdout.matchAll(/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//g)
  return [...new Set([...names].map(([, name]) => name!))].sort()
}

suite('packages that are loaded with the library', test => {
  test('the entry and a store of keys and values load the Avro reader alone', async () => {
    const counts = `millrace.store.keyValue('counts', { key: millrace.string, value: millrace.int64 })`
    assert.equal(await packagesOf(counts), ['avsc'])
  })

  test('a typed column loads drizzle', async () => {
    assert.equal(await packagesOf('millrace.columns.decimal()'), ['avsc', 'drizzle-orm'])
  })
})
