import { join } from 'node:path'
import { openDataFolder } from '../../../ops/cluster/data-folder.ts'
import { freePorts } from '../../../ops/cluster/free-port.ts'
import { kafkaVersion, singleNodeSettings } from '../../../ops/cluster/kafka-native.ts'
import { jarsOf, java } from '../../../ops/cluster/maven.ts'
import type { ReplyLoss } from '../chaos/proxy/reply-loss.ts'
import { TcpProxy } from '../chaos/proxy/tcp-proxy.ts'
import { type ClusterBase, type Node, startNode, uuid } from './node.ts'

/** The options of a cluster. */
export interface ClusterOptions {
  /** Unset: 3. Replication is as many, and one less must have a record before it is acknowledged. */
  readonly brokers?: number
  /** Further settings of every broker. Shape: `{ 'unclean.leader.election.enable': 'true' }`. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Takes replies to clients away; one for each connection. Unset: none are taken. */
  readonly replyLoss?: () => ReplyLoss
}

/** A broker of a cluster, with a proxy for each of its links. */
export interface BrokerNode extends Node {
  /** Its port past the proxies, for checkers. */
  readonly direct: number
  /** Between clients and this broker. */
  readonly clients: TcpProxy
  /** Between this broker and the controller. A black hole here: clients and other brokers still reach it. */
  readonly control: TcpProxy
  /** Between the other brokers and this one: they fetch from it here. */
  readonly peers: TcpProxy
}

/** A cluster of brokers and one controller on 127.0.0.1. */
export interface KafkaCluster {
  readonly brokers: readonly BrokerNode[]
  readonly controller: Node
  /** Bootstrap servers through the proxies. */
  readonly url: string
  /** Bootstrap servers past the proxies, for checkers. */
  readonly directUrl: string
  readonly folder: string
  /** Ends all processes and proxies and removes the data; never rejects. */
  stop(): Promise<void>
}

const controllerId = 100

const noReplyLoss: ReplyLoss = { onRequestBytes: () => {}, onReplyBytes: bytes => ({ bytes, cut: false }) }

/** Settings in which a cluster of so many brokers differs from Kafka's defaults. */
function clusterSettings(brokers: number): Readonly<Record<string, string | number>> {
  const least = Math.max(1, brokers - 1)
  return {
    ...singleNodeSettings,
    'default.replication.factor': brokers,
    'min.insync.replicas': least,
    'offsets.topic.replication.factor': brokers,
    'transaction.state.log.replication.factor': brokers,
    'transaction.state.log.min.isr': least,
    'share.coordinator.state.topic.replication.factor': brokers,
    'share.coordinator.state.topic.min.isr': least,
    // Kafka's defaults: after this long without the controller a broker's partitions are given to others.
    'broker.session.timeout.ms': 9_000,
    'broker.heartbeat.interval.ms': 2_000,
    'replica.lag.time.max.ms': 10_000,
    'controlled.shutdown.enable': 'true',
  }
}

/**
 * Starts a controller and brokers natively, each link through a proxy of its own:
 *
 *     clients --[clients]--> broker 1..n --[control]--> controller
 *                            broker i --[peers of j]--> broker j
 *
 * A broker takes the address of the controller from its own settings alone, and so stays behind its proxy.
 * Errors: FatalError UNSUPPORTED without Java 17, Maven or the network, or when a node does not come up.
 */
export async function startKafkaCluster(options: ClusterOptions = {}): Promise<KafkaCluster> {
  const { brokers: count = 3, settings = {}, replyLoss = () => noReplyLoss } = options
  const command = await java('Kafka')
  const jars = await jarsOf(`kafka-${kafkaVersion}`, [
    { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: kafkaVersion },
    { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
  ])
  const { path: folder, remove } = await openDataFolder('cluster', {})
  const base: ClusterBase = { java: command, classpath: join(jars, 'jars', '*'), folder, clusterId: uuid() }
  const nodes: Node[] = []
  const proxies: TcpProxy[] = []
  const proxy = async (port: number, loss: () => ReplyLoss = () => noReplyLoss) => {
    const made = await TcpProxy.listen({ replyLoss: loss })
    made.forwardTo(port)
    proxies.push(made)
    return made
  }
  const stop = async () => {
    await Promise.allSettled(nodes.map(node => node.kill()))
    await Promise.allSettled(proxies.map(each => each.close()))
    await remove().catch(() => {})
  }
  try {
    const [controllerPort, ...ports] = await freePorts(1 + 3 * count)
    const plans = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const [direct, behindClients, behindPeers] = ports.slice(3 * index, 3 * index + 3) as [number, number, number]
        const links = {
          clients: await proxy(behindClients, replyLoss),
          control: await proxy(controllerPort!),
          peers: await proxy(behindPeers),
        }
        return { id: index + 1, direct, behindClients, behindPeers, links }
      }),
    )
    const protocols = 'DIRECT:PLAINTEXT,CLIENTS:PLAINTEXT,PEERS:PLAINTEXT,CONTROLLER:PLAINTEXT'
    const common = { ...clusterSettings(count), ...settings, 'listener.security.protocol.map': protocols }
    const starting = [
      startNode(base, controllerId, {
        ...common,
        'process.roles': 'controller',
        'controller.quorum.voters': `${controllerId}@127.0.0.1:${controllerPort}`,
        'controller.listener.names': 'CONTROLLER',
        listeners: `CONTROLLER://127.0.0.1:${controllerPort}`,
      }),
      ...plans.map(({ id, direct, behindClients, behindPeers, links }) =>
        startNode(base, id, {
          ...common,
          'process.roles': 'broker',
          'controller.quorum.voters': `${controllerId}@127.0.0.1:${links.control.port}`,
          'controller.listener.names': 'CONTROLLER',
          'inter.broker.listener.name': 'PEERS',
          listeners: `DIRECT://127.0.0.1:${direct},CLIENTS://127.0.0.1:${behindClients},PEERS://127.0.0.1:${behindPeers}`,
          'advertised.listeners': `DIRECT://127.0.0.1:${direct},CLIENTS://127.0.0.1:${links.clients.port},PEERS://127.0.0.1:${links.peers.port}`,
        }),
      ),
    ]
    for (const node of await Promise.allSettled(starting)) if (node.status === 'fulfilled') nodes.push(node.value)
    const [controller, ...started] = await Promise.all(starting)
    return {
      brokers: started.map((node, index) => Object.assign(node, plans[index]!.links, { direct: plans[index]!.direct })),
      controller: controller!,
      url: plans.map(({ links }) => `127.0.0.1:${links.clients.port}`).join(','),
      directUrl: plans.map(({ direct }) => `127.0.0.1:${direct}`).join(','),
      folder,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
