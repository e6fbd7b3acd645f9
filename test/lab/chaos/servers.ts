import type { ClusterServer } from '../../../ops/cluster/cluster-server.ts'
import { type NativeKafka, startKafkaNative } from '../../../ops/cluster/kafka-native.ts'
import { startPostgresEmbedded } from '../../../ops/cluster/postgres-embedded.ts'
import { startRegistryNative } from '../../../ops/cluster/registry-native.ts'
import { type KafkaApi, KafkaReplies } from './proxy/kafka-replies.ts'
import { PostgresReplies } from './proxy/postgres-replies.ts'
import { LossOrders } from './proxy/reply-loss.ts'
import { TcpProxy } from './proxy/tcp-proxy.ts'

/** The servers of a chaos run, its own, and the proxies between them and the workers. */
export interface ChaosServers {
  readonly kafka: NativeKafka
  readonly registry: ClusterServer
  readonly postgres: ClusterServer
  readonly kafkaProxy: TcpProxy
  readonly postgresProxy: TcpProxy
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

function withPort(url: string, port: number): string {
  const other = new URL(url)
  other.port = String(port)
  return other.href
}
