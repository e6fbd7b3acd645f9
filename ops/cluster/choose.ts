import { connect } from 'node:net'
import { type Environment, readEnvironment } from '../../topology/app/environment.ts'
import { FatalError, messageOf } from '../../topology/definition/errors.ts'
import type { ClusterServer, ServerName, StartOptions } from './cluster-server.ts'
import { composeUp } from './compose.ts'
import { dockerAnswers } from './docker.ts'
import { startContainer } from './docker-server.ts'
import { startKafkaNative } from './kafka-native.ts'
import { startPostgresEmbedded } from './postgres-embedded.ts'
import { startRegistryNative } from './registry-native.ts'

/** A part that could not be found or started, and why, in one line. */
export interface MissingPart {
  readonly name: ServerName
  readonly reason: string
}

/** The parts that `startServers` found or started. */
export interface StartedServers {
  readonly parts: readonly ClusterServer[]
  readonly missing: readonly MissingPart[]
  /** Ends all parts that were started, last first. */
  stop(): Promise<void>
}

const ownStart = { kafka: startKafkaNative, registry: startRegistryNative, postgres: startPostgresEmbedded } as const
const variable = { kafka: 'KAFKA_BROKERS', registry: 'SCHEMA_REGISTRY_URL', postgres: 'DATABASE_URL' } as const

/**
 * Starts the named parts side by side, each from the first place that has it: what the environment names, then Docker,
 * then natively (Kafka, registry) or embedded (Postgres). Never throws for a part that cannot be started: it is in `missing`.
 */
export async function startServers(
  names: readonly ServerName[],
  options: StartOptions & { readonly config?: Environment } = {},
): Promise<StartedServers> {
  const config = options.config ?? readEnvironment()
  const docker = names.some(name => config[variable[name]] === undefined) && (await dockerAnswers())
  const settled = await Promise.allSettled(names.map(name => startPart(name, config, docker, options)))
  const parts = settled.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const missing = settled.flatMap((result, index) =>
    result.status === 'rejected' ? [{ name: names[index] as ServerName, reason: messageOf(result.reason) }] : [],
  )
  return {
    parts,
    missing,
    stop: async () => {
      for (const part of parts.toReversed()) await part.stop()
    },
  }
}

/**
 * One part, from the first place that has it.
 *
 * Errors: FatalError UNSUPPORTED when it cannot be started; a server that the environment names but that does not answer is an
 * error too, never a reason to choose another.
 */
export async function startPart(
  name: ServerName,
  config: Environment,
  docker: boolean,
  options: StartOptions = {},
): Promise<ClusterServer> {
  const named = config[variable[name]]
  if (named !== undefined) return namedPart(name, typeof named === 'string' ? named : named.join(','))
  if (!docker) return ownStart[name](options)
  return options.detached ? composeUp(name) : startContainer(name)
}

/** A server that somebody else runs: it is used, never started or stopped. */
async function namedPart(name: ServerName, url: string): Promise<ClusterServer> {
  if (!(await answers(name, url))) {
    const where = name === 'kafka' ? url : new URL(url).host
    throw new FatalError(
      'UNSUPPORTED',
      `${variable[name]} names ${where}, but nothing answers there: start it, or unset it`,
    )
  }
  return { name, origin: 'environment', url, stop: async () => {} }
}

/** Whether something takes connections where the part should be. Shape of `url`: as `ClusterServer.url`. */
export async function answers(name: ServerName, url: string): Promise<boolean> {
  const addresses = name === 'kafka' ? url.split(',').map(server => `tcp://${server}`) : [url]
  return (await Promise.all(addresses.map(address => accepts(new URL(address))))).includes(true)
}

function accepts(url: URL): Promise<boolean> {
  const usual = { 'postgres:': 5432, 'postgresql:': 5432, 'https:': 443 } as Record<string, number>
  const port = url.port === '' ? (usual[url.protocol] ?? 80) : Number(url.port)
  return new Promise(resolve => {
    const socket = connect({ host: url.hostname, port, timeout: 5_000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
