import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Resident memory of a process; undefined when there is none. Units: bytes. */
export async function residentBytes(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined) return undefined
  const text = await run('ps', ['-o', 'rss=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
  return text === '' ? undefined : Number(text) * 1024
}

/**
 * The most memory that a process has had resident, on Linux; elsewhere what it has now. Units: bytes.
 * Errors: when there is no such process.
 */
export async function peakResidentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  const bytes = peak === undefined ? await residentBytes(pid) : Number(peak) * 1024
  if (bytes === undefined) throw new Error(`there is no process ${pid}`)
  return bytes
}
