import type { Clock } from '../../topology/definition/clock.ts'
import type { SchemaRegistry } from '../../topology/definition/serde.ts'
import { RegistryClient } from './client.ts'
import { RegistryHttp } from './http.ts'

/** The options for reaching a registry. */
interface ConfluentRegistryOptions {
  /** Shape: `http://user:password@127.0.0.1:8081`; Apicurio's path is `/apis/ccompat/v7`. */
  readonly url: string
  readonly clock: Clock
  /** For basic authentication, where the URL holds no user and password. */
  readonly username?: string
  readonly password?: string
  /** For bearer authentication. */
  readonly token?: string
  /** Contents of PEM files: trusted authorities, and the client's own certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** For one request. Units: ms. Unset: 5,000. */
  readonly timeoutMs?: number
  /** A failed look-up is not repeated within it. Units: ms. Unset: 1,000. */
  readonly backoffMs?: number
}

/**
 * A registry behind Confluent's HTTP API: Confluent's own, Redpanda's, Apicurio's.
 *
 * Source: Confluent Platform, "Schema Registry API Reference". Errors: see `SchemaRegistry`.
 */
export function confluentRegistry(options: ConfluentRegistryOptions): SchemaRegistry {
  const { timeoutMs = 5_000, backoffMs = 1_000, ...address } = options
  return new RegistryClient(new RegistryHttp({ ...address, timeoutMs }), { clock: options.clock, backoffMs })
}
