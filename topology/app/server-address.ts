/*
 * Addresses of servers with everything that a secured one asks for. All of it is plain data but an OAuth token, so that it can
 * be handed to a worker thread; keys and certificates are named by file and read when a connection is opened.
 */

/** Files of a TLS connection, in PEM. */
export interface TlsFiles {
  /** Certificates of the authorities that are trusted. Unset: those that Node trusts. */
  readonly ca?: string
  /** The client's own certificate, for servers that ask for one; with `key`. */
  readonly cert?: string
  readonly key?: string
}

/** Credentials for SASL. */
export type SaslCredentials =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  | {
      readonly mechanism: 'oauthbearer'
      /** Gives a token each time a connection is opened. */
      readonly token: () => Promise<string>
    }

/** A Kafka cluster. */
export interface KafkaAddress {
  /** Bootstrap servers. Shape: `'127.0.0.1:9092'` or several. */
  readonly brokers: string | readonly string[]
  /** TLS: true for the authorities that Node trusts. Unset: no TLS, unless `tls` files are named. */
  readonly tls?: boolean | TlsFiles
  readonly sasl?: SaslCredentials
  /** Replicas of topics that are created. Unset: the default of the brokers. */
  readonly replicationFactor?: number
  /** `min.insync.replicas` of topics that are created and do not set it themselves. Unset: the default of the brokers. */
  readonly minInsyncReplicas?: number
  /** The library that connects; `'platformatic'` is `@platformatic/kafka`, an optional peer of millrace. Unset: `'kafkajs'`. */
  readonly transport?: 'kafkajs' | 'platformatic'
  /** Name of this client in the brokers' logs and quotas. Unset: the application's. */
  readonly clientId?: string
}

/** A schema registry. */
export interface RegistryAddress {
  /** Base address of its Confluent-compatible API. Shape: `'https://registry:8081'`. */
  readonly url: string
  /** For basic authentication, with `password`. */
  readonly username?: string
  readonly password?: string
  /** For bearer authentication. */
  readonly token?: string
  readonly tls?: TlsFiles
}

/** The brokers of an address, one by one. Shape: `['127.0.0.1:9092']`. */
export function brokersOf(kafka: string | readonly string[] | KafkaAddress): readonly string[] {
  if (typeof kafka === 'string') return kafka.split(',')
  return isList(kafka) ? kafka : brokersOf(kafka.brokers)
}

/** A cluster's address in its full form. */
export function kafkaAddress(kafka: string | readonly string[] | KafkaAddress): KafkaAddress {
  return typeof kafka === 'string' || isList(kafka) ? { brokers: kafka } : kafka
}

/** A registry's address in its full form. */
export function registryAddress(registry: string | RegistryAddress): RegistryAddress {
  return typeof registry === 'string' ? { url: registry } : registry
}

function isList(kafka: readonly string[] | KafkaAddress): kafka is readonly string[] {
  return Array.isArray(kafka)
}
