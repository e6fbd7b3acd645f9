import { FatalError } from '../../../topology/index.ts'
import { connectParts, createDatabase, type Parts, type ServerName, startServers } from '../../commands.ts'

/** The parts of a demo run. `stop` ends what was started for it, and nothing else. */
export interface DemoParts {
  readonly parts: Parts
  readonly postgresUrl: string
  stop(): Promise<void>
}

/**
 * Embedded: a broker and a registry in memory, and a real Postgres. On a cluster: all three real. The data of broker and
 * database must belong together, so a memory broker gets a database of its own even on a server that the environment names.
 *
 * Errors: FatalError UNSUPPORTED with each part that could not be had, and why.
 */
export async function startDemoParts(cluster: boolean, say: (line: string) => void): Promise<DemoParts> {
  const names: readonly ServerName[] = cluster ? ['kafka', 'registry', 'postgres'] : ['postgres']
  const started = await startServers(names)
  try {
    if (started.missing.length > 0)
      throw new FatalError('UNSUPPORTED', started.missing.map(({ name, reason }) => `no ${name}: ${reason}`).join('; '))
    const urlOf = (name: ServerName) => started.parts.find(part => part.name === name)!.url
    const postgresUrl = cluster ? urlOf('postgres') : await createDatabase(urlOf('postgres'), `demo_${process.pid}`)
    const parts = await connectParts(
      cluster
        ? { kafka: urlOf('kafka'), registry: urlOf('registry'), postgres: postgresUrl }
        : { postgres: postgresUrl },
    )
    say(`${started.parts.map(part => `${part.name} ${part.origin}`).join('  ')}   ${parts.where}`)
    const stop = async () => {
      await parts.close()
      await started.stop()
    }
    return { parts, postgresUrl, stop }
  } catch (error) {
    await started.stop()
    throw error
  }
}
