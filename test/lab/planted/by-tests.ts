import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { FatalError } from '../../../topology/definition/errors.ts'
import { editsOf, type PlantedFault } from './fault.ts'
import type { Finding } from './finding.ts'
import type { SourceCopy } from './source-copy.ts'

const run = promisify(execFile)
const folder = 'test/topology/broker/kafkajs'
const timeoutMs = 60_000

/** The adapter's tests that need no broker. */
export async function adapterTests(copy: SourceCopy): Promise<readonly string[]> {
  const names = await readdir(copy.path(folder))
  return names
    .filter(name => name.endsWith('.test.ts') && !name.endsWith('.int.test.ts'))
    .map(name => `${folder}/${name}`)
}

/** Errors: FatalError INTERNAL when a test fails on sources without a fault, for it would then see every fault. */
export async function assertSound(tests: readonly string[], copy: SourceCopy): Promise<void> {
  for (const test of tests)
    if (!(await passes(test, copy)))
      throw new FatalError('INTERNAL', `${test} fails without any fault, so it can show none: make it pass first`)
}

/**
 * Runs the tests on a copy with the fault, until one fails. The copy is whole again afterwards. Errors: FatalError INTERNAL
 * when the fault cannot be planted, or the broken copy cannot be loaded.
 */
export async function findByTests(fault: PlantedFault, tests: readonly string[], copy: SourceCopy): Promise<Finding> {
  await copy.plant(editsOf(fault))
  try {
    for (const test of tests)
      if (!(await passes(test, copy))) return { fault: fault.name, found: true, how: `${test} fails` }
    return { fault: fault.name, found: false, how: 'no test fails' }
  } finally {
    await copy.restore()
  }
}

/** Errors: FatalError INTERNAL when the file ends before its first test: sources that do not load show nothing of their rules. */
async function passes(test: string, copy: SourceCopy): Promise<boolean> {
  try {
    await run(process.execPath, ['--import', 'tsx', test], { cwd: copy.root, timeout: timeoutMs })
    return true
  } catch (error) {
    const { stdout = '', stderr = '', killed = false } = error as Partial<Ended>
    if (stdout !== '' || killed) return false
    throw new FatalError('INTERNAL', `${test} cannot be loaded, so it shows no fault: ${stderr.slice(0, 500)}`)
  }
}

/** The fields of what `execFile` throws when the process failed, or was ended because it took too long. */
interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly killed: boolean
}
