import { consoleRoutes } from '../../gateway/console/routes.ts'
import { connectParts } from '../../topology/app/connections.ts'
import { readEnvironment } from '../../topology/app/environment.ts'
import { graphOnCluster } from '../../topology/app/graph-on-cluster.ts'
import { serveHealth } from '../../topology/app/health.ts'
import { jsonLog } from '../../topology/app/json-log.ts'
import { engineMetrics } from '../../topology/app/metrics.ts'
import { runOn } from '../../topology/app/run.ts'
import { loadTopology } from '../../topology/app/topology-file.ts'
import type { RunningWorker } from '../../topology/app/worker-run.ts'
import { messageOf } from '../../topology/definition/errors.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { registerSchemas } from '../../topology/runtime/register-schemas.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { planOnCluster } from '../../topology/runtime/topic-plan.ts'
import { openConsole } from '../console/console.ts'
import { consoleSource } from '../console/source.ts'
import { LineProducer } from './line-producer.ts'
import { plainLog } from './plain-log.ts'
import { printRecords } from './record-printer.ts'
import type { SessionSettings } from './session-messages.ts'

/** A topology that runs for its author: a worker, its HTTP face, the printed records, and a producer for typed lines. */
export interface Session {
  readonly facts: {
    readonly port: number
    readonly url: string
    readonly where: string
    readonly name: string
    readonly topics: readonly string[]
  }
  /** Resolves with the error that ended the worker. */
  readonly failed: Promise<unknown>
  /** Produces one line. Errors: as `LineProducer.produce`. */
  produce(line: string): Promise<void>
  stop(): Promise<void>
}

/**
 * Loads the topology, creates its topics, registers its schemas and runs it. `onProduced` is told of each record that is produced on
 * the console's page, as the line that would produce it.
 * Errors: TopologyError; RetriableError when a server does not answer.
 */
export async function openSession(
  settings: SessionSettings,
  onProduced: (line: string) => void = () => {},
): Promise<Session> {
  const definition = await loadTopology(settings.topology)
  buildGraph(definition)
  const { kafka, registry, postgres, schema } = settings
  const parts = await connectParts({
    kafka,
    postgres,
    ...(registry && { registry }),
    ...(schema && { schema }),
    clientId: 'millrace-dev',
  })
  const closers: (() => Promise<void>)[] = [() => parts.close()]
  const stop = async () => {
    for (const close of closers.toReversed()) await close()
  }
  try {
    const graph = await graphOnCluster(definition, parts.broker.admin)
    const metrics = engineMetrics({ graph })
    const { plan, existing } = await planOnCluster(graph, parts.broker.admin)
    const topics = [...plan.declared, ...plan.internal]
    await parts.broker.admin.createTopics(topics.filter(topic => !existing.has(topic.name)))
    await registerSchemas(graph, parts.registry)
    let worker: RunningWorker | undefined
    const producer = new LineProducer(graph, parts)
    closers.push(() => producer.close())
    const report = (error: unknown) => console.error(`console: ${messageOf(error)}`)
    const source = consoleSource({
      graph,
      schema,
      parts,
      servers: { postgres: postgres === 'memory' ? undefined : postgres },
      clock: systemClock,
      local: async () => (await worker?.status())?.tasks ?? [],
    })
    const shown = openConsole({
      source,
      clock: systemClock,
      report,
      produce: async (topic, key, value) => onProduced(await producer.produceJson(topic, key, value)),
    })
    const health = await serveHealth(
      () => worker,
      settings.port,
      systemClock,
      settings.access,
      port => consoleRoutes(shown, { ...port, report }),
    )
    closers.push(() => health.close())
    closers.push(() => shown.close())
    const printer = await printRecords(graph, parts, settings.topics, line => console.log(line))
    closers.push(() => printer.close())
    const log = settings.verbose
      ? jsonLog(readEnvironment().LOG_LEVEL, 'worker')
      : plainLog(line => console.error(line))
    const app = await runOn(graph, parts, { createTopics: 'all', metrics, log })
    closers.push(() => app.stop())
    worker = {
      failed: app.failed,
      status: async () => ({ tasks: app.status(), waiting: app.waiting(), expected: app.expected() }),
      metrics: async () => [await metrics.values()],
      stop: () => app.stop(),
    }
    const facts = {
      port: health.port,
      url: health.url,
      where: parts.where,
      name: graph.definition.name,
      topics: plan.declared.map(topic => topic.name),
    }
    return { facts, failed: app.failed, produce: line => producer.produce(line), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
