import { dirname } from 'node:path'
import type { ClusterServer, ServerFaults } from '../../../ops/cluster/cluster-server.ts'
import { startKafkaNative } from '../../../ops/cluster/kafka-native.ts'
import { startPostgresEmbedded } from '../../../ops/cluster/postgres-embedded.ts'
import { startRegistryNative } from '../../../ops/cluster/registry-native.ts'
import { type KafkaCluster, startKafkaCluster } from '../cluster/kafka-cluster.ts'
import { type KafkaApi, KafkaReplies } from './proxy/kafka-replies.ts'
import { PostgresReplies } from './proxy/postgres-replies.ts'
import { LossOrders } from './proxy/reply-loss.ts'
import { TcpProxy } from './proxy/tcp-proxy.ts'

/** The Kafka of a chaos run: one node, or a cluster of which one broker's folder is looked at. */
export interface KafkaToBreak extends Pick<ClusterServer, 'url' | 'folder'> {
  readonly faults?: Pick<ServerFaults, 'kill' | 'restart'>
}

/** The part of a proxy that faults of the network need. */
export type BadNetwork = Pick<TcpProxy, 'connections' | 'reset' | 'blackHole' | 'delay' | 'clear'>

/** The servers of a chaos run, its own, and the proxies between them and the workers. */
export interface ChaosServers {
  readonly kafka: KafkaToBreak
  /** Undefined: one broker. */
  readonly cluster?: KafkaCluster
  readonly registry: ClusterServer
  readonly postgres: ClusterServer
  readonly kafkaProxy: BadNetwork
  readonly postgresProxy: BadNetwork
  readonly kafkaLosses: LossOrders<KafkaApi>
  readonly postgresLosses: LossOrders<'apply'>
  /** Addresses through the proxies, for workers. The parts' own `url` goes past them. */
  readonly proxied: { readonly kafka: string; readonly registry: string; readonly postgres: string }
  stop(): Promise<void>
}

/**
 * Starts Kafka, a registry and Postgres natively, whatever the environment names: these are to be broken.
 * Errors: FatalError UNSUPPORTED when one cannot be started.
 */
export async function startServers(): Promise<ChaosServers> {
  const kafkaLosses = new LossOrders<KafkaApi>()
  const postgresLosses = new LossOrders<'apply'>()
  const kafkaProxy = await TcpProxy.listen({ replyLoss: () => new KafkaReplies(kafkaLosses) })
  const postgresProxy = await TcpProxy.listen({ replyLoss: () => new PostgresReplies(postgresLosses) })
  const starting = [
    startKafkaNative({ proxyPort: kafkaProxy.port }),
    startRegistryNative(),
    startPostgresEmbedded(),
  ] as const
  const stop = async () => {
    const parts = await Promise.allSettled(starting)
    for (const part of parts) if (part.status === 'fulfilled') await part.value.stop()
    await kafkaProxy.close()
    await postgresProxy.close()
  }
  try {
    const [kafka, registry, postgres] = await Promise.all(starting)
    kafkaProxy.forwardTo(kafka.behindProxy!)
    postgresProxy.forwardTo(Number(new URL(postgres.url).port))
    const proxied = {
      kafka: `127.0.0.1:${kafkaProxy.port}`,
      registry: registry.url,
      postgres: withPort(postgres.url, postgresProxy.port),
    }
    return { kafka, registry, postgres, kafkaProxy, postgresProxy, kafkaLosses, postgresLosses, proxied, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Starts a cluster of brokers in place of the one.
 * Errors: FatalError UNSUPPORTED when a part cannot be started.
 */
export async function startClusterServers(brokers: number): Promise<ChaosServers> {
  const kafkaLosses = new LossOrders<KafkaApi>()
  const postgresLosses = new LossOrders<'apply'>()
  const postgresProxy = await TcpProxy.listen({ replyLoss: () => new PostgresReplies(postgresLosses) })
  const starting = [
    startKafkaCluster({ brokers, replyLoss: () => new KafkaReplies(kafkaLosses) }),
    startRegistryNative(),
    startPostgresEmbedded(),
  ] as const
  const stop = async () => {
    const parts = await Promise.allSettled(starting)
    for (const part of parts) if (part.status === 'fulfilled') await part.value.stop()
    await postgresProxy.close()
  }
  try {
    const [cluster, registry, postgres] = await Promise.all(starting)
    postgresProxy.forwardTo(Number(new URL(postgres.url).port))
    const proxied = { kafka: cluster.url, registry: registry.url, postgres: withPort(postgres.url, postgresProxy.port) }
    return {
      kafka: { url: cluster.directUrl, folder: dirname(cluster.brokers[0]!.data) },
      cluster,
      registry,
      postgres,
      kafkaProxy: together(cluster.brokers.map(broker => broker.clients)),
      postgresProxy,
      kafkaLosses,
      postgresLosses,
      proxied,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Several proxies as one network. */
function together(proxies: readonly TcpProxy[]): BadNetwork {
  const sum = (numberOf: (proxy: TcpProxy) => number) => proxies.reduce((all, proxy) => all + numberOf(proxy), 0)
  const all = (change: (proxy: TcpProxy) => void) => {
    for (const proxy of proxies) change(proxy)
  }
  return {
    get connections() {
      return sum(proxy => proxy.connections)
    },
    reset: () => sum(proxy => proxy.reset()),
    blackHole: () => all(proxy => proxy.blackHole()),
    delay: ms => all(proxy => proxy.delay(ms)),
    clear: () => all(proxy => proxy.clear()),
  }
}

function withPort(url: string, port: number): string {
  const other = new URL(url)
  other.port = String(port)
  return other.href
}
