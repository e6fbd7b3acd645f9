import type { Awaitable } from '../../topology/definition/record.ts'

/** The answer of a registry: its status and its JSON. */
export interface RegistryAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the registry, read field by field at each call
  readonly body: any
}

/** The methods of Confluent's API. */
export type RegistryMethod = 'GET' | 'POST' | 'PUT' | 'DELETE'

/**
 * The way to a registry: over HTTP, or to one in this process. Answers of 404, 409 and 422 are the caller's to read; their body
 * has Confluent's `error_code`. Source: Confluent Platform, "Schema Registry API Reference".
 */
export interface RegistryTransport {
  /** Shape: `ask('POST', '/subjects/orders-value', { schema: '"string"' })`. A promise only where there is a way to go. */
  ask(method: RegistryMethod, path: string, body?: unknown): Awaitable<RegistryAnswer>
}
