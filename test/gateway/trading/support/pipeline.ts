import { type Gateway, openGateway, openOutbox } from '../../../../gateway/gateway.ts'
import { tradingGateway } from '../../../../gateway/trading/extension.ts'
import { relayOn } from '../../../../ops/outbox/outbox-in-use.ts'
import trading from '../../../../processors/trading.ts'
import type { Outbox } from '../../../../store/outbox/outbox.ts'
import { type Connections, connectParts, type Parts } from '../../../../topology/app/connections.ts'
import { runOn } from '../../../../topology/app/run.ts'
import { buildGraph } from '../../../../topology/definition/graph.ts'
import { registerSchemas } from '../../../../topology/runtime/register-schemas.ts'
import { waitFor } from '../../../support/wait-for.ts'

/** The pipeline in this process, with everything that faces outside, on a real Postgres. */
export interface Pipeline {
  readonly gateway: Gateway
  readonly outbox: Outbox
  readonly parts: Parts
  readonly databaseUrl: string
  close(): Promise<void>
}

/**
 * Starts it on an empty database, and waits until every task runs: before that, registration is not ready. `servers` unset: broker and
 * registry in memory.
 */
export async function startPipeline(
  databaseUrl: string,
  servers: Pick<Connections, 'kafka' | 'registry'> = {},
): Promise<Pipeline> {
  const graph = buildGraph(trading)
  const parts = await connectParts({ ...servers, postgres: databaseUrl })
  await registerSchemas(graph, parts.registry)
  const app = await runOn(graph, parts, { createTopics: 'all' })
  // A pipeline that has ended would leave a test waiting without a word.
  void app.failed.then(error => {
    throw error
  })
  const allRun = () => {
    const running = app.status().filter(({ state }) => state === 'running')
    return running.length > 0 && running.length === app.expected().length
  }
  await waitFor(() => app.waiting().length === 0 && allRun(), {
    what: 'the tasks do not run',
    said: () => app.waiting().join('; '),
  })
  const at = { databaseUrl, clock: parts.clock, extension: tradingGateway }
  const gateway = openGateway({ ...at, topology: trading })
  const outbox = openOutbox(at)
  const relay = relayOn({ application: trading.name, outbox, extension: tradingGateway }, parts)
  return {
    gateway,
    outbox,
    parts,
    databaseUrl,
    async close() {
      await gateway.close()
      await relay.stop()
      await app.stop()
      await outbox.close()
      await parts.close()
    },
  }
}
