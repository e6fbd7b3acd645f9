import type { FindLetters } from '../../gateway/letters.ts'
import { connectParts, type Parts } from '../../topology/app/connections.ts'
import { graphOnCluster } from '../../topology/app/graph-on-cluster.ts'
import type { ServerAddresses } from '../../topology/app/server-environment.ts'
import type { TopologyDefinition } from '../../topology/definition/definition.ts'
import { letterFinder } from '../dlq/letters-about.ts'

/** Dead letters for a gateway's routes; it connects to Kafka with the first request for them. */
export interface LettersOnDemand {
  readonly find: FindLetters
  close(): Promise<void>
}

/** Undefined where no Kafka is known: then routes show no dead letters. Errors of `find`: RetriableError while a server is away. */
export function lettersOnDemand(
  topology: TopologyDefinition,
  { kafka, registry }: Partial<ServerAddresses>,
): LettersOnDemand | undefined {
  if (kafka === undefined) return undefined
  let opened: Promise<{ readonly parts: Parts; readonly find: FindLetters }> | undefined
  const open = async () => {
    const clientId = `${topology.name}-gateway`
    const parts = await connectParts({ kafka, ...(registry && { registry }), clientId })
    return { parts, find: await letterFinder(parts, await graphOnCluster(topology, parts.broker.admin)) }
  }
  return {
    async find(ids, field) {
      opened ??= open().catch(error => {
        opened = undefined
        throw error
      })
      return (await opened).find(ids, field)
    },
    async close() {
      await (await opened?.catch(() => undefined))?.parts.close()
    },
  }
}
