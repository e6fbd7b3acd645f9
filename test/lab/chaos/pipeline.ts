import { Desk } from '../../../ops/trading/demo/desk.ts'
import { instruments, limits } from '../../../processors/settings.ts'
import trading from '../../../processors/trading.ts'
import { connectParts, type Parts } from '../../../topology/app/connections.ts'
import { deploy } from '../../../topology/app/deploy.ts'
import { RetriableError } from '../../../topology/definition/errors.ts'
import { buildGraph, type TopologyGraph } from '../../../topology/definition/graph.ts'
import { seededRandom } from '../../../topology/testing/random.ts'
import { Feeder } from './feeder.ts'
import type { ChaosServers } from './servers.ts'
import { signalMix } from './signal-mix.ts'

const deployAttempts = 10

/** The trading pipeline, deployed on servers that are to be broken, as seen past their proxies. */
export interface ChaosPipeline {
  readonly graph: TopologyGraph
  readonly parts: Parts
  readonly desk: Desk
  /** Addresses past the proxies. */
  readonly direct: { readonly kafka: string; readonly registry: string; readonly postgres: string }
  close(): Promise<void>
}

/** Deploys the pipeline. */
export async function openPipeline(servers: ChaosServers): Promise<ChaosPipeline> {
  const graph = buildGraph(trading)
  const direct = { kafka: servers.kafka.url, registry: servers.registry.url, postgres: servers.postgres.url }
  const parts = await connectParts(direct)
  await deployed(graph, parts)
  const desk = await Desk.open(graph.definition.name, parts.broker, parts.registry)
  const close = async () => {
    await desk.close()
    await parts.close()
  }
  return { graph, parts, desk, direct, close }
}

/** Registers the instruments, waits until the workers hold them, and begins to send signals. Units: ms; `rate` in signals a second. */
export async function startFeeding(
  { desk, parts }: ChaosPipeline,
  { seed, rate, lastingMs }: { readonly seed: number; readonly rate: number; readonly lastingMs: number },
): Promise<Feeder> {
  await desk.register(instruments, 0)
  const feeder = await Feeder.open(desk, parts.broker, seededRandom(seed ^ 0x5eed))
  feeder.start(mixFor(seed, rate, lastingMs), rate)
  return feeder
}

/** A fresh broker on a slow machine may lead nothing yet; deploying again does no harm. */
async function deployed(graph: TopologyGraph, parts: Parts): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deploy(graph, parts)
    } catch (error) {
      if (!(error instanceof RetriableError) || attempt === deployAttempts) throw error
    }
  }
}

/** On a slow machine the faults of a short plan take far longer than planned, and each needs signals on the way. Units: ms. */
const leastFeedMs = 900_000

/** A mix of more signals than can be sent in the time. */
function mixFor(seed: number, rate: number, lastingMs: number) {
  return signalMix({
    seed,
    signals: Math.ceil((rate * Math.max(lastingMs * 2, leastFeedMs)) / 1_000) + 1_000,
    portfolioIds: [...limits.portfolios.keys()],
    instruments,
    duplicates: 0.1,
    from: 1_700_000_000_000,
  })
}
