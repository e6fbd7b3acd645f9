import { setTimeout as sleep } from 'node:timers/promises'
import { marketPrices } from '../../../processors/topics.ts'
import type { BrokerNode, KafkaCluster } from './kafka-cluster.ts'
import { kafkaProgram } from './kafka-program.ts'
import type { Standstills } from './standstill.ts'

/** Faults of the brokers of a cluster. */
export const brokerFaults = [
  'node-kill',
  'node-freeze',
  'node-cut',
  'node-slow',
  'rolling-restart',
  'two-of-three',
  'all-three',
  'controller-kill',
  'leaders-move',
  'topic-recreation',
  'quota',
  'disk-full',
] as const satisfies readonly string[]

/** A kind of fault of a cluster's brokers. */
export type BrokerFault = (typeof brokerFaults)[number]

/** The cluster that is broken, and the measurement that is told of it. */
export interface BrokerFaultTargets {
  readonly cluster: KafkaCluster
  readonly standstills: Standstills
  readonly random: () => number
}

/** Longer than it takes until the controller gives the partitions of a silent broker to others (9 s). Units: ms. */
const outageMs = { from: 14_000, to: 25_000 } as const
/** After a broker is back, for replicas to catch up, so that the next fault meets a whole cluster. Units: ms. */
const settleMs = 6_000

/** The most that each client may send and fetch in a second: less than a chaos run needs. Units: bytes. */
const quotaBytes = 5_000

/** An input of the pipeline that holds nothing in a chaos run, so that nothing is lost with it. */
const recreatedTopic = marketPrices.name

/** Injects a fault of the brokers and takes it back. True when it has happened. */
export async function breakBrokers(kind: BrokerFault, targets: BrokerFaultTargets): Promise<boolean> {
  const { cluster, standstills, random } = targets
  const lasting = () => sleep(outageMs.from + Math.floor(random() * (outageMs.to - outageMs.from)))
  const shuffled = cluster.brokers
    .map(node => ({ node, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ node }) => node)
  const victim = shuffled[0]!
  const broken = async (nodes: readonly BrokerNode[], during: () => Promise<void>) => {
    standstills.breaks(nodes)
    try {
      await during()
    } finally {
      await sleep(settleMs)
      standstills.breaks([])
    }
    return true
  }
  const killed = (nodes: readonly BrokerNode[]) =>
    broken(nodes, async () => {
      await Promise.all(nodes.map(node => node.kill()))
      await lasting()
      await Promise.all(nodes.map(node => node.start()))
    })
  switch (kind) {
    case 'node-kill':
      return killed([victim])
    case 'two-of-three':
      return killed(shuffled.slice(0, -1))
    case 'all-three':
      return killed(shuffled)
    case 'node-freeze':
      return broken([victim], async () => {
        victim.freeze()
        await lasting()
        victim.thaw()
      })
    case 'node-cut':
      return broken([victim], async () => {
        victim.control.blackHole()
        await lasting()
        victim.control.clear()
      })
    case 'node-slow':
      return broken([victim], async () => {
        victim.clients.delay(300)
        victim.peers.delay(100)
        await lasting()
        victim.clients.clear()
        victim.peers.clear()
      })
    case 'rolling-restart':
      for (const node of shuffled)
        await broken([node], async () => {
          await node.shutdown()
          await node.start()
        })
      return true
    case 'disk-full':
      return broken([victim], async () => {
        const full = victim.fillDisk()
        await lasting()
        await full
        await victim.start()
      })
    case 'leaders-move':
      await administer(cluster, 'move-leaders')
      return true
    case 'topic-recreation':
      await administer(cluster, 'recreate', recreatedTopic)
      return true
    case 'quota':
      await administer(cluster, 'quota', String(quotaBytes))
      await lasting()
      await administer(cluster, 'quota', '0')
      return true
    case 'controller-kill':
      await cluster.controller.kill()
      await sleep(5_000)
      await cluster.controller.start()
      return true
  }
}

async function administer(cluster: KafkaCluster, ...command: readonly string[]): Promise<void> {
  const program = await kafkaProgram()
  try {
    await program.run('ClusterAdmin', [cluster.directUrl, ...command])
  } finally {
    await program.close()
  }
}
