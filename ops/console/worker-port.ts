import { consoleRoutes } from '../../gateway/console/routes.ts'
import { serveHealth } from '../../topology/app/health.ts'
import { errorReporter, jsonLog } from '../../topology/app/json-log.ts'
import type { ServerAddresses } from '../../topology/app/server-environment.ts'
import type { RunningWorker } from '../../topology/app/worker-run.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import type { PortAccess } from '../../topology/http/port-access.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { openConsole } from './console.ts'
import { consoleSource } from './source.ts'

/** The options of a worker's port. */
interface WorkerPortOptions {
  readonly graph: TopologyGraph
  readonly servers: Partial<ServerAddresses> & { readonly schema: string | undefined }
  readonly port: number
  readonly access: PortAccess
  /** Shape: `'info'`. */
  readonly logLevel: string
}

/**
 * Serves a worker's health, metrics and console. The console has connections of its own, while somebody looks at it.
 * Errors: as `serveHealth`.
 */
export async function servePort(
  worker: () => RunningWorker | undefined,
  { graph, servers, port, access, logLevel }: WorkerPortOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const report = errorReporter(jsonLog(logLevel, 'console'), systemClock)
  const source = consoleSource({
    graph,
    schema: servers.schema,
    servers,
    clock: systemClock,
    local: async () => (await worker()?.status())?.tasks ?? [],
  })
  const shown = openConsole({ source, clock: systemClock, report })
  const listening = await serveHealth(worker, port, systemClock, access, parts =>
    consoleRoutes(shown, { ...parts, report }),
  )
  return {
    url: listening.url,
    async close() {
      await shown.close()
      await listening.close()
    },
  }
}
