import { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { Server, Socket } from 'node:net'
import type { Callback, Test as UvuTest } from 'uvu'
import { suite as uvuSuite } from 'uvu'
import { assertionsMade } from './assertion-count.ts'
import { type FileReport, runEnvironment } from './run-environment.ts'

/** The options of a suite. */
export interface SuiteOptions {
  /** For one test, its `before.each` and `after.each` included. Units: ms. Unset: 30 s; in .int, e2e and chaos files 180 s. */
  readonly timeoutMs?: number
}

const file = process.argv[1] ?? ''
const usualTimeoutMs = /\.int\.test\.|\/(e2e|chaos)\//.test(file) ? 180_000 : 30_000
/** The time that a file may keep running after its last test. Units: ms. */
const lingerMs = 5_000
const suites = { defined: 0, done: 0 }
const report: FileReport = { passed: 0, failed: 0, failures: [], skipped: [], told: [] }

/**
 * A suite that runs itself, with uvu's holes closed: a `before` that throws fails its tests, one that hangs is named, a
 * suite without tests fails, a test without an assertion fails, and a left `.only` fails in a whole run.
 */
export function suite(name: string, define: (test: UvuTest) => void, options: SuiteOptions = {}): void {
  const uvu = uvuSuite(name)
  const timeoutMs = options.timeoutMs ?? usualTimeoutMs
  let broken: BrokenHook | undefined
  let tests = 0

  const wrapped = (test: string, handler: Callback): Callback => {
    tests++
    return async context => {
      try {
        if (broken) throw hookError(broken)
        const before = assertionsMade()
        await within(timeoutMs, `'${test}' did not end`, () => handler(context))
        if (before !== undefined && assertionsMade() === before)
          throw new Error('no assertion ran: the test cannot fail')
        report.passed++
      } catch (error) {
        fail(`${name}: ${test}`, error, 'told by uvu')
        throw error
      }
    }
  }
  const guarded = (hook: string, handler: Callback): Callback => {
    return async context => {
      try {
        await within(timeoutMs, `${hook} did not end`, () => handler(context))
      } catch (error) {
        // uvu forgets the error of a hook: the tests that follow it fail with it instead.
        broken ??= { hook, error, told: false }
        if (hook.startsWith('after')) fail(`${name}: ${hook}`, error)
      }
    }
  }
  const hook = (kind: 'before' | 'after') =>
    Object.assign((handler: Callback) => uvu[kind](guarded(kind, handler)), {
      each: (handler: Callback) => uvu[kind].each(guarded(`${kind}.each`, handler)),
    })

  const test = Object.assign((title: string, handler: Callback) => uvu(title, wrapped(title, handler)), {
    only: (title: string, handler: Callback) => {
      if (runEnvironment.report !== undefined)
        fail(`${name}: ${title}`, new Error('a .only was left: it hides the other tests'))
      uvu.only(title, wrapped(title, handler))
    },
    skip: (title = 'unnamed') => {
      report.skipped.push({ name: `${name}: ${title}`, reason: 'test.skip' })
      uvu.skip(title)
    },
    before: hook('before'),
    after: hook('after'),
    run: () => {},
  }) as UvuTest
  define(test)
  if (tests === 0) fail(name, new Error('the suite has no tests'))
  suites.defined++
  uvu.after(() => {
    if (++suites.done === suites.defined) setTimeout(endLingering, lingerMs).unref()
  })
  uvu.run()
}

/** Says something that a run shows even where all tests pass: figures that someone may want to follow. */
export function tell(text: string): void {
  report.told.push(text)
  if (runEnvironment.report === undefined) console.log(text)
}

interface BrokenHook {
  readonly hook: string
  readonly error: unknown
  told: boolean
}

/** The hook's own error for the first test that follows it; for the others, the fact that they did not run. */
function hookError(broken: BrokenHook): unknown {
  if (broken.told) return new Error(`did not run: '${broken.hook}' failed, see above`)
  broken.told = true
  return broken.error
}

/** Leaves the file out, with the reason, before it has defined a suite. In CI this is a failure. */
export function skipFile(reason: string): never {
  if (runEnvironment.ci) {
    fail('the whole file', new Error(reason))
  } else {
    report.skipped.push({ name: 'the whole file', reason })
    console.log(`skipped: ${reason}`)
  }
  process.exit()
}

async function within(timeoutMs: number, what: string, work: () => void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${timeoutMs / 1000} s`)), timeoutMs)
  })
  try {
    await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Reached only when something still holds the process: a socket, a server or a timer that a test left open. */
function endLingering(): void {
  if (suites.done < suites.defined) return
  fail('the file itself', new Error(`it does not end: left open are ${leftOpen().join('; ')}`))
  process.exit(1)
}

/** The resources that keep the process alive, by kind; for sockets and child processes also which ones. */
function leftOpen(): readonly string[] {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles?: () => readonly unknown[] }
  const named = (handles?.() ?? []).flatMap(handle => {
    if (handle instanceof Socket) {
      const { localPort, remotePort, connecting, destroyed, writableEnded, readableEnded } = handle
      const state = JSON.stringify({ connecting, destroyed, writableEnded, readableEnded })
      return remotePort === undefined && localPort === undefined
        ? []
        : [`socket ${localPort} to ${remotePort} ${state}`]
    }
    if (handle instanceof Server) return [`server ${JSON.stringify(handle.address())}`]
    return handle instanceof ChildProcess ? [`process ${handle.spawnargs.join(' ')}`] : []
  })
  return [process.getActiveResourcesInfo().slice(0, 20).join(', '), ...named.slice(0, 20)]
}

/** Counts a failure, with the beginning of its reason. uvu prints those of tests itself. */
function fail(name: string, error: unknown, told?: 'told by uvu'): void {
  const reason = error instanceof Error ? error.message : String(error)
  report.failed++
  report.failures.push(`${name}: ${reason.slice(0, 500)}`)
  if (!told) console.error(`FAIL ${name}\n${error instanceof Error ? error.stack : reason}`)
}

// uvu sets the exit code at its end; this comes after it.
process.on('exit', code => {
  if (code !== 0 && report.failed === 0) fail('the file itself', new Error(`it ended with exit code ${code}`))
  if (report.failed > 0) process.exitCode = 1
  if (runEnvironment.report !== undefined) writeFileSync(runEnvironment.report, JSON.stringify(report))
})
