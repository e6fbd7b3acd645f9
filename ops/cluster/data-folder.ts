import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StartOptions } from './cluster-server.ts'
import { removeAtExit } from './server-process.ts'

/** A folder for one server's data and log. */
export interface DataFolder {
  readonly path: string
  remove(): Promise<void>
}

/** A new temporary folder, which goes with this process unless the server is detached. */
export async function openDataFolder(part: string, options: StartOptions): Promise<DataFolder> {
  const path = await mkdtemp(join(tmpdir(), `millrace-${part}-`))
  if (!options.detached) removeAtExit(path)
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}
