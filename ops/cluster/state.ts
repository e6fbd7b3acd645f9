import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { ClusterServer } from './cluster-server.ts'

const partState = z.object({
  name: z.enum(['kafka', 'registry', 'postgres']),
  origin: z.enum(['environment', 'docker', 'native', 'embedded']),
  url: z.string(),
  pid: z.number().optional(),
  folder: z.string().optional(),
})
const clusterState = z.object({ parts: z.array(partState) })

/** A part that `cluster up` started, as recorded in the state file. */
export type ServerState = z.infer<typeof partState>

/** The parts that are up, as recorded by `cluster up`. */
export type ClusterState = z.infer<typeof clusterState>

/** The file in which `cluster up` records the parts it started. It holds the database's password, so only its owner may read it. */
export function stateFile(): string {
  return resolve('.millrace', 'cluster.json')
}

/** Reads the record of `cluster up`; no parts when there is no state file. */
export async function readState(): Promise<ClusterState> {
  const text = await readFile(stateFile(), 'utf8').catch(() => '{"parts":[]}')
  return clusterState.parse(JSON.parse(text))
}

/** Records the parts; without any the file is removed. */
export async function writeState(parts: readonly (ClusterServer | ServerState)[]): Promise<void> {
  const file = stateFile()
  if (parts.length === 0) return rm(file, { force: true })
  await mkdir(dirname(file), { recursive: true })
  await writeFile(join(file), `${JSON.stringify(clusterState.parse({ parts }), undefined, 2)}\n`, { mode: 0o600 })
}
