import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import type { Log } from '../topology/runtime/log.ts'
import type { Metrics } from '../topology/runtime/metrics.ts'
import type { TaskStatus } from '../topology/runtime/task.ts'
import type { EngineSettings } from '../topology/runtime/task-environment.ts'
import { Worker } from '../topology/runtime/worker.ts'
import { connectParts, type Parts, type PartsOptions } from './parts.ts'
import { registerSchemas } from './register-schemas.ts'

/** How to run a topology inside one's own program. */
export interface RunOptions extends PartsOptions {
  /** Sub-topologies to run; unset: all. */
  readonly processors?: readonly string[]
  readonly settings?: Partial<EngineSettings>
  readonly log?: Log
  readonly metrics?: Metrics
}

/** A running topology. */
export interface StreamsApp {
  readonly parts: Parts
  /** Resolves with the error that ended it, if one does. Never rejects. */
  readonly failed: Promise<unknown>
  status(): readonly TaskStatus[]
  /** Commits and applies what was processed, leaves the groups, closes what `run` opened. */
  stop(): Promise<void>
}

/**
 * Runs a topology in this process: on memory parts unless told otherwise, on real ones by address. With a memory broker the
 * declared topics are created and schemas registered; on real parts that is a deploy's work (`millrace topics apply`,
 * `millrace schemas register`).
 *
 * Errors: TopologyError, with every problem of the definition; RetriableError when a part does not answer.
 */
export async function run(topology: TopologyDefinition, options: RunOptions = {}): Promise<StreamsApp> {
  const graph = buildGraph(topology)
  const parts = await connectParts(options)
  const { kafka = 'memory', registry = 'memory', processors, settings, log, metrics } = options
  const embedded = typeof kafka !== 'string' ? !Array.isArray(kafka) : kafka === 'memory'
  if (registry === 'memory') await registerSchemas(graph, parts.registry)
  const worker = new Worker({
    graph,
    ...parts,
    createTopics: embedded ? 'all' : 'internal',
    ...(processors && { processors }),
    ...(settings && { settings }),
    ...(log && { log }),
    ...(metrics && { metrics }),
  })
  try {
    await worker.start()
  } catch (error) {
    await worker.stop()
    await parts.close()
    throw error
  }
  return {
    parts,
    failed: worker.failed,
    status: () => worker.status(),
    async stop() {
      await worker.stop()
      await parts.close()
    },
  }
}
