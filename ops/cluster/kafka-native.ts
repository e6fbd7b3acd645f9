import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FatalError, messageOf } from '../../topology/definition/errors.ts'
import type { ClusterServer, ServerFaults, StartOptions } from './cluster-server.ts'
import { openDataFolder } from './data-folder.ts'
import { freePort } from './free-port.ts'
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
  /**
   * Port on 127.0.0.1 of a proxy. Kafka then has a second listener, which sends its clients to that port; the proxy is to
   * forward to `behindProxy`. So clients of the proxy stay with it, and other clients never use it.
   */
  readonly proxyPort?: number
}

/** A native Kafka. */
export interface NativeKafka extends ClusterServer {
  /** The port of the second listener, for the proxy to forward to; undefined without a proxy. */
  readonly behindProxy: number | undefined
}

/** Arguments of Kafka's storage tool. An id may begin with '-', and then must not be an argument of its own. */
export function formatArguments(clusterId: string, properties: string): readonly string[] {
  return ['format', `--cluster-id=${clusterId}`, '--config', properties]
}

/**
 * Kafka in KRaft mode, one node, broker and controller in one JVM, on free ports of 127.0.0.1.
 *
 * Errors: FatalError UNSUPPORTED without Java 17, Maven or the network, or when it does not come up.
 */
export async function startKafkaNative(options: KafkaOptions = {}): Promise<NativeKafka> {
  const command = await java('Kafka')
  const jars = await jarsOf(`kafka-${kafkaVersion}`, [
    { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: kafkaVersion },
    { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
  ])
  const classpath = join(jars, 'jars', '*')
  const folder = await openDataFolder('kafka', options)
  const broker = await freePort(options.usualPort ? 9092 : 0)
  const controller = await freePort(0)
  const behindProxy = options.proxyPort === undefined ? undefined : await freePort(0)
  const properties = join(folder.path, 'server.properties')
  const data = join(folder.path, 'data')
  // One id for the server's life: a wiped node that comes back as another cluster would confuse clients that hold the old one.
  const clusterId = randomBytes(16).toString('base64url')
  const format = async () => {
    await mkdir(data, { recursive: true })
    const tool = ['-XX:TieredStopAtLevel=1', '-cp', classpath, 'kafka.tools.StorageTool']
    await run(command, [...tool, ...formatArguments(clusterId, properties)]).catch(cause => {
      const reason = messageOf(cause).trim().split('\n').at(-1)
      throw new FatalError('UNSUPPORTED', `Kafka cannot format its storage, in ${data}: ${reason}`, { cause })
    })
  }
  await writeFile(properties, serverProperties(listeners(broker, controller, options.proxyPort, behindProxy), data))
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

/** The broker's listeners, and what it tells clients of each. */
function listeners(
  broker: number,
  controller: number,
  proxyPort: number | undefined,
  behindProxy: number | undefined,
): Readonly<Record<string, string>> {
  const proxied = behindProxy !== undefined
  return {
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}${proxied ? `,PROXIED://127.0.0.1:${behindProxy}` : ''}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}${proxied ? `,PROXIED://127.0.0.1:${proxyPort}` : ''}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
  }
}

function serverProperties(network: Readonly<Record<string, string>>, data: string): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    ...network,
    'log.dirs': data,
    ...singleNodeSettings,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
