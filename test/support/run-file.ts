import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FileReport } from './run-environment.ts'
import type { TestFile } from './test-files.ts'

/** The result of one file. Units: `ms`. */
export interface FileResult extends FileReport {
  readonly path: string
  readonly ms: number
  readonly output: string
}

const groups = new Set<number>()

process.on('exit', () => {
  for (const group of groups) signalGroup(group, 'SIGKILL')
})

/**
 * Runs one test file in a process group of its own. It fails when a test fails, when it writes no report, when it is over its
 * budget, and when it leaves processes behind.
 */
export async function runFile(
  root: string,
  folder: string,
  file: TestFile,
  parts: string | undefined,
  args: readonly string[] = [],
): Promise<FileResult> {
  const reportPath = join(folder, `${file.path.replaceAll('/', '_')}.json`)
  const begun = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--import', './test/support/assertion-count.mjs', file.path, ...args],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        MILLRACE_TEST_REPORT: reportPath,
        ...(parts !== undefined && { MILLRACE_TEST_PARTS: parts }),
      },
    },
  )
  const group = child.pid as number
  groups.add(group)
  const chunks: Buffer[] = []
  child.stdout.on('data', chunk => chunks.push(chunk))
  child.stderr.on('data', chunk => chunks.push(chunk))
  let late = false
  const timer = setTimeout(() => {
    late = true
    signalGroup(group, 'SIGKILL')
  }, file.budgetMs)
  const exitCode = await new Promise<number | null>(resolve => child.once('exit', resolve))
  clearTimeout(timer)
  const leftovers = !late && !(await groupEnds(group))
  signalGroup(group, 'SIGKILL')
  groups.delete(group)
  const report = readReport(reportPath)
  const fail = (reason: string) => {
    report.failed++
    report.failures.push(reason)
  }
  if (late) fail(`it did not end within its budget of ${file.budgetMs / 1000} s`)
  else if (exitCode !== 0 && report.failed === 0) fail(`it ended with ${exitCode ?? 'a signal'}`)
  else if (report.passed + report.failed + report.skipped.length === 0) fail('it ran no test')
  if (leftovers) fail('it left processes behind')
  return { path: file.path, ms: performance.now() - begun, output: Buffer.concat(chunks).toString('utf8'), ...report }
}

function readReport(path: string): FileReport {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, failures: [], skipped: [], told: [] }
  } finally {
    rmSync(path, { force: true })
  }
}

/** Whether all of the group's processes are gone, at once or within 5 s (a killed server takes a moment to go). */
async function groupEnds(group: number): Promise<boolean> {
  for (let wait = 0; wait < 100; wait++) {
    if (!signalGroup(group, 0)) return true
    await sleep(50)
  }
  return false
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}
