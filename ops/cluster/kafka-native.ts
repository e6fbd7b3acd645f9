import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FatalError, messageOf } from '../../topology/definition/errors.ts'
import type { ClusterServer, ServerFaults, StartOptions } from './cluster-server.ts'
import { openDataFolder } from './data-folder.ts'
import { freePorts } from './free-port.ts'
import { jarsOf, java } from './maven.ts'
import { startServer } from './server-process.ts'

const run = promisify(execFile)

export const kafkaVersion = '4.1.0'

/** Settings in which one node differs from a production cluster. Source: Kafka's broker configuration reference. */
export const singleNodeSettings: Readonly<Record<string, string | number>> = {
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 8,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'share.coordinator.state.topic.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,
  'group.min.session.timeout.ms': 1000,
  // A node that comes back after SIGKILL must wait for its own old session to run out.
  'broker.session.timeout.ms': 2000,
  'broker.heartbeat.interval.ms': 500,
  'auto.create.topics.enable': 'false',
  'num.partitions': 1,
  // Brokers count retention by event time: every few minutes they would delete samples and replays, which hold old dates.
  'log.retention.ms': -1,
}

/** The options of `startKafkaNative`. */
export interface KafkaOptions extends StartOptions {
  /** Unset: `kafkaVersion`. Shape: `'3.9.2'`. */
  readonly version?: string
  /**
   * Port on 127.0.0.1 of a proxy. Kafka then has a second listener, which sends its clients to that port; the proxy is to
   * forward to `behindProxy`. So clients of the proxy stay with it, and other clients never use it.
   */
  readonly proxyPort?: number
  /** Further listeners on free ports, by name, with their protocol. Shape: `{ SECURED: 'SASL_SSL' }`. */
  readonly listeners?: Readonly<Record<string, 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'>>
  /** Further settings of the broker. Shape: `{ 'listener.name.secured.ssl.keystore.type': 'PEM' }`. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Users for SCRAM-SHA-512, with their passwords. */
  readonly scramUsers?: Readonly<Record<string, string>>
}

/** A native Kafka. */
export interface NativeKafka extends ClusterServer {
  /** The port of the second listener, for the proxy to forward to; undefined without a proxy. */
  readonly behindProxy: number | undefined
  /** Addresses of the further listeners, by name. Shape: `{ SECURED: '127.0.0.1:40123' }`. */
  readonly listeners: Readonly<Record<string, string>>
}

/** Arguments of Kafka's storage tool. An id may begin with '-', and then must not be an argument of its own. */
export function formatArguments(
  clusterId: string,
  properties: string,
  scramUsers: Readonly<Record<string, string>> = {},
): readonly string[] {
  const users = Object.entries(scramUsers).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ])
  return ['format', `--cluster-id=${clusterId}`, '--config', properties, ...users]
}

/** The reason in the output of a Java program that failed: its exception where it names one, else its last line. */
export function refusalOf(output: string): string {
  const lines = output.trim().split('\n')
  return (lines.find(line => line.startsWith('Exception in thread')) ?? lines.at(-1) ?? '').trim()
}

/**
 * Kafka in KRaft mode, one node, broker and controller in one JVM, on free ports of 127.0.0.1.
 *
 * Errors: FatalError UNSUPPORTED without Java 17, Maven or the network, or when it does not come up.
 */
export async function startKafkaNative(options: KafkaOptions = {}): Promise<NativeKafka> {
  const { version = kafkaVersion } = options
  const command = await java('Kafka')
  const jars = await jarsOf(`kafka-${version}`, [
    { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version },
    { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
  ])
  const classpath = join(jars, 'jars', '*')
  const folder = await openDataFolder('kafka', options)
  const named = Object.entries(options.listeners ?? {})
  const ports = await freePorts(3 + named.length, options.usualPort ? 9092 : 0)
  const [broker, controller, proxied, ...others] = ports as [number, number, number, ...number[]]
  const behindProxy = options.proxyPort === undefined ? undefined : proxied
  const further = named.map(([name, protocol], index): Listener => ({ name, protocol, port: others[index]! }))
  const properties = join(folder.path, 'server.properties')
  const data = join(folder.path, 'data')
  // One id for the server's life: a wiped node that comes back as another cluster would confuse clients that hold the old one.
  const clusterId = randomBytes(16).toString('base64url')
  const format = async () => {
    await mkdir(data, { recursive: true })
    const tool = ['-XX:TieredStopAtLevel=1', '-cp', classpath, 'kafka.tools.StorageTool']
    await run(command, [...tool, ...formatArguments(clusterId, properties, options.scramUsers)]).catch(cause => {
      const reason = refusalOf(messageOf(cause))
      throw new FatalError('UNSUPPORTED', `Kafka cannot format its storage, in ${data}: ${reason}`, { cause })
    })
  }
  const plain: readonly Listener[] = [
    { name: 'PLAINTEXT', protocol: 'PLAINTEXT', port: broker },
    ...(behindProxy === undefined
      ? []
      : [{ name: 'PROXIED', protocol: 'PLAINTEXT', port: behindProxy, advertised: options.proxyPort }]),
  ]
  const network = listenerSettings(controller, [...plain, ...further])
  await writeFile(properties, serverProperties({ ...network, ...options.settings }, data))
  await format()
  const server = await startServer({
    name: 'Kafka',
    command,
    args: [
      ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Dorg.slf4j.simpleLogger.showDateTime=true'],
      ...['-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS', '-cp', classpath, 'kafka.Kafka', properties],
    ],
    cwd: folder.path,
    logFile: join(folder.path, 'kafka.log'),
    ready: log => log.includes('Kafka Server started'),
    detached: options.detached ?? false,
  })
  const faults: ServerFaults = {
    kill: server.kill,
    shutdown: server.shutdown,
    restart: async () => {
      await server.shutdown()
      await server.start()
    },
    wipe: async () => {
      await server.kill()
      await rm(data, { recursive: true, force: true })
      await format()
      await server.start()
    },
  }
  return {
    name: 'kafka',
    origin: 'native',
    url: `127.0.0.1:${broker}`,
    folder: folder.path,
    behindProxy,
    listeners: Object.fromEntries(further.map(({ name, port }) => [name, `127.0.0.1:${port}`])),
    get pid() {
      return server.pid
    },
    stop: async () => {
      await server.kill()
      await folder.remove()
    },
    faults,
  }
}

/** A port of the broker. */
interface Listener {
  readonly name: string
  readonly protocol: string
  readonly port: number
  /** The port that the broker names to clients. Unset: `port`. */
  readonly advertised?: number | undefined
}

/** The broker's listeners, and what it tells clients of each. */
function listenerSettings(controller: number, listeners: readonly Listener[]): Readonly<Record<string, string>> {
  const bound = listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`)
  const advertised = listeners.map(({ name, port, advertised = port }) => `${name}://127.0.0.1:${advertised}`)
  const protocols = listeners.map(({ name, protocol }) => `${name}:${protocol}`)
  return {
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...bound, `CONTROLLER://127.0.0.1:${controller}`].join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': [...protocols, 'CONTROLLER:PLAINTEXT'].join(','),
  }
}

function serverProperties(network: Readonly<Record<string, string | number>>, data: string): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'log.dirs': data,
    ...singleNodeSettings,
    ...network,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
