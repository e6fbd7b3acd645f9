import { randomBytes } from 'node:crypto'
import { FatalError } from '../../topology/definition/errors.ts'
import type { ClusterServer, ServerFaults, ServerName } from './cluster-server.ts'
import { images } from './docker.ts'
import { freePort } from './free-port.ts'
import { singleNodeSettings } from './kafka-native.ts'
import { confluentPath } from './registry-native.ts'

/** The settings of a container; plain data, so that tests can check them without an engine. */
export interface ContainerPlan {
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  /** The server's port inside the container. */
  readonly port: number
  /** A line of the log after which it answers, and the number of times it comes (Postgres starts twice). */
  readonly ready: { readonly log: RegExp; readonly times: number }
  readonly url: string
}

/** The container of a part whose port is published on 127.0.0.1 as `hostPort`. */
export function containerPlan(name: ServerName, hostPort: number, password: string): ContainerPlan {
  if (name === 'registry') {
    return {
      image: images.registry,
      environment: {},
      port: 8080,
      ready: { log: /Listening on|started in/, times: 1 },
      url: `http://127.0.0.1:${hostPort}${confluentPath}`,
    }
  }
  if (name === 'postgres') {
    return {
      image: images.postgres,
      environment: { POSTGRES_USER: 'millrace', POSTGRES_PASSWORD: password, POSTGRES_DB: 'millrace' },
      port: 5432,
      ready: { log: /database system is ready to accept connections/, times: 2 },
      url: `postgres://millrace:${password}@127.0.0.1:${hostPort}/millrace`,
    }
  }
  return {
    image: images.kafka,
    environment: kafkaEnvironment(hostPort),
    port: 9092,
    ready: { log: /Kafka Server started/, times: 1 },
    url: `127.0.0.1:${hostPort}`,
  }
}

/** The image turns `KAFKA_A_B` into the setting `a.b`. */
function kafkaEnvironment(hostPort: number): Record<string, string> {
  const settings = {
    'node.id': 1,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': '1@localhost:9093',
    'controller.listener.names': 'CONTROLLER',
    listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${hostPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    ...singleNodeSettings,
  }
  const names = Object.entries(settings).map(([key, value]) => [
    `KAFKA_${key.replaceAll('.', '_').toUpperCase()}`,
    value,
  ])
  return Object.fromEntries(names.map(([key, value]) => [key, String(value)]))
}

/**
 * Starts a part in a container, by testcontainers, which removes it when this process ends.
 *
 * Errors: FatalError UNSUPPORTED when the package testcontainers is not installed or the container does not come up.
 */
export async function startContainer(name: ServerName): Promise<ClusterServer> {
  const { GenericContainer, Wait } = await import('testcontainers').catch(cause => {
    const remedy = 'npm install --save-dev testcontainers, or start them with docker compose up'
    throw new FatalError('UNSUPPORTED', `testcontainers is not installed, needed for ${name}: ${remedy}`, { cause })
  })
  const port = await freePort(0)
  const plan = containerPlan(name, port, randomBytes(12).toString('hex'))
  const create = () =>
    new GenericContainer(plan.image)
      .withEnvironment(plan.environment)
      .withExposedPorts({ container: plan.port, host: port })
      .withWaitStrategy(Wait.forLogMessage(plan.ready.log, plan.ready.times))
      .withStartupTimeout(180_000)
      .start()
      .catch(cause => {
        throw new FatalError('UNSUPPORTED', `${name} does not start, image ${plan.image}: see docker logs`, { cause })
      })
  let container = await create()
  const end = (seconds: number) => container.stop({ remove: false, timeout: seconds * 1000 })
  const faults: ServerFaults = {
    kill: async () => void (await end(0)),
    shutdown: async () => void (await end(20)),
    restart: () => container.restart(),
    wipe: async () => {
      await container.stop()
      container = await create()
    },
  }
  return {
    name,
    origin: 'docker',
    url: plan.url,
    stop: async () => void (await container.stop()),
    faults,
  }
}
