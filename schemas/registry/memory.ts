import type { SchemaRegistry } from '../../topology/definition/serde.ts'
import { RegistryClient } from './client.ts'
import { MemoryRegistryServer } from './memory-server.ts'
import type { RegistryAnswer, RegistryMethod } from './transport.ts'

/** A registry in this process, and the way to do to it what the port does not: delete a subject, set its level. */
export interface MemoryRegistry extends SchemaRegistry {
  /**
   * Answers a request of Confluent's HTTP API, as a server would. Shape: `ask('DELETE', '/subjects/orders-value')` is
   * `{ status: 200, body: [1, 2] }`.
   */
  ask(method: RegistryMethod, path: string, body?: unknown): RegistryAnswer
}

/**
 * A schema registry in this process, for tests, demos and embedded runs. It answers as a real one: a schema that was not registered
 * is refused, and a subject takes a new version only when its compatibility level lets it. `run` and `testDriver` register the
 * schemas that the topology declares, as `schemas register` does for a deploy; all others are registered with `register`.
 */
export function memoryRegistry(): MemoryRegistry {
  const server = new MemoryRegistryServer()
  // Nothing fails here that another moment would heal, so that no failure is kept, and no time is needed.
  const registry = new RegistryClient(server, { clock: { monotonic: () => 0 }, backoffMs: 0 })
  return Object.assign(registry, { ask: server.ask.bind(server) })
}
