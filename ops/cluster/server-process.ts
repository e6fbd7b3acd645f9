import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FatalError } from '../../topology/definition/errors.ts'

/** The command that starts a server, and the check that tells whether it is up. */
export interface ServerCommand {
  /** For messages. Shape: `'kafka'`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  /** Standard output and error go here; the text of this run is given to `ready`. */
  readonly logFile: string
  /** Asked every 50 ms. */
  ready(log: string): boolean | Promise<boolean>
  /** Units: ms. Unset: 120,000. */
  readonly timeoutMs?: number
  readonly detached?: boolean
  /** The signal that ends the server. For Postgres it is SIGINT, which does not wait for clients. Unset: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
}

/** A server that runs as a child process and can be ended and started again. */
export interface ServerProcess {
  readonly pid: number
  /** Ends it in its own way, and by SIGKILL after 20 s; resolves when it is gone. */
  shutdown(): Promise<void>
  kill(): Promise<void>
  /** The same command once more; the process must be gone. */
  start(): Promise<void>
  readonly running: boolean
}

const attached = new Set<ChildProcess>()
const folders = new Set<string>()

process.once('exit', () => {
  for (const child of attached) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

// A signal without a handler ends a process without 'exit', and its servers would live on.
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(code)
  })
}

/** Removes the folder when this process ends: for servers that end with it. */
export function removeAtExit(folder: string): void {
  folders.add(folder)
}

/**
 * Starts a server; resolves when it is ready. A server that is not detached is ended with this process.
 *
 * Errors: FatalError UNSUPPORTED with the end of the log when it ends early or is not ready in time.
 */
export async function startServer(options: ServerCommand): Promise<ServerProcess> {
  let child = await launch(options)
  const end = async (signal: NodeJS.Signals) => {
    if (isGone(child)) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await gone
    clearTimeout(late)
  }
  return {
    get pid() {
      return child.pid as number
    },
    get running() {
      return !isGone(child)
    },
    shutdown: () => end(options.stopSignal ?? 'SIGTERM'),
    kill: () => end('SIGKILL'),
    start: async () => {
      child = await launch(options)
    },
  }
}

async function launch(options: ServerCommand): Promise<ChildProcess> {
  const begin = existsSync(options.logFile) ? statSync(options.logFile).size : 0
  const log = openSync(options.logFile, 'a')
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    stdio: ['ignore', log, log],
    detached: options.detached ?? false,
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  })
  closeSync(log)
  child.unref()
  const failed = new Promise<Error>(resolve => child.once('error', resolve))
  if (!options.detached) {
    attached.add(child)
    child.once('exit', () => attached.delete(child))
  }
  const text = () => readFileSync(options.logFile).subarray(begin).toString('utf8')
  const deadline = Date.now() + (options.timeoutMs ?? 120_000)
  while (!(await options.ready(text()))) {
    const error = await Promise.race([failed, sleep(50)])
    if (error instanceof Error) throw unready(options, `cannot be started (${error.message})`, '')
    if (isGone(child)) throw unready(options, `ended with ${child.exitCode ?? child.signalCode}`, text())
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw unready(options, `was not ready after ${(options.timeoutMs ?? 120_000) / 1000} s`, text())
    }
  }
  return child
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function unready(options: ServerCommand, what: string, log: string): FatalError {
  const tail = log.trim().split('\n').slice(-8).join('\n')
  return new FatalError('UNSUPPORTED', `${options.name} ${what}, in ${options.cwd}: see ${options.logFile}\n${tail}`)
}
