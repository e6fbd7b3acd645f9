import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { composeDown } from './compose.ts'
import type { ServerState } from './state.ts'

const run = promisify(execFile)

/** Whether the process that `cluster up` started still runs: its id, and its folder in its command line (ids are used again). */
export async function runs(part: ServerState): Promise<boolean> {
  if (part.pid === undefined || part.folder === undefined) return false
  const answer = await run('ps', ['-ww', '-o', 'args=', '-p', String(part.pid)]).catch(() => undefined)
  return answer?.stdout.includes(part.folder) ?? false
}

/** Ends a server that an earlier process started, and removes its data. One that the environment named is left alone. */
export async function endServer(part: ServerState): Promise<void> {
  if (part.origin === 'environment') return
  if (part.origin === 'docker') return composeDown(part.name)
  if (part.pid === undefined || part.folder === undefined) return
  // Postgres ends at once on SIGINT; SIGTERM would wait for its clients.
  for (const signal of [part.name === 'postgres' ? 'SIGINT' : 'SIGTERM', 'SIGKILL'] as const) {
    if (await runs(part)) process.kill(part.pid, signal)
    for (let wait = 0; wait < 100 && (await runs(part)); wait++) await sleep(100)
  }
  await rm(part.folder, { recursive: true, force: true, maxRetries: 5 })
}
