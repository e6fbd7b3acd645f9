import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { safeguards } from '../../../../topology/broker/kafkajs/safeguards.ts'

/**
 * Takes every safeguard of the kafkajs adapter away, one at a time, and runs the adapter's unit tests: each must be missed by at
 * least one of them. Needs no broker. Not part of `npm test`:
 *
 *     npx tsx test/topology/broker/kafkajs/planted-bugs.ts [name ...]
 */
const run = promisify(execFile)
const here = fileURLToPath(new URL('.', import.meta.url))
const files = (await readdir(here)).filter(file => file.endsWith('.test.ts') && !file.endsWith('.int.test.ts'))

/** The file that fails without the safeguard. */
async function caughtBy(name: string): Promise<string | undefined> {
  for (const file of files) {
    const args = ['--import', 'tsx', '--import', `${here}plant.ts`, `${here}${file}`]
    try {
      await run(process.execPath, args, { env: { ...process.env, MILLRACE_PLANT: name }, timeout: 60_000 })
    } catch {
      return file
    }
  }
}

const asked = process.argv.slice(2)
const names = asked.length > 0 ? asked : Object.keys(safeguards)
let missed = 0
for (const name of names) {
  const file = await caughtBy(name)
  if (file === undefined) missed++
  console.log(`${name.padEnd(24)} ${file === undefined ? 'NOT CAUGHT' : `caught by ${file}`}`)
}
console.log(`${names.length - missed} of ${names.length} planted bugs caught`)
process.exitCode = missed > 0 ? 1 : 0
