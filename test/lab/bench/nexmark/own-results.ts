import type { Topic } from '../../../../topology/index.ts'
import { testDriver } from '../../../../topology/testing.ts'
import { type NexmarkEvent, nexmarkTopics } from './event.ts'
import { nexmarkTopology, resultsTopic } from './query.ts'

/** A result of a query: key, value and timestamp. */
export type NexmarkResult = readonly [key: string, value: unknown, timestamp: number]

/** The time that a query took for all events, and that of the processor, of all threads. Units: ms. */
export interface NexmarkCost {
  readonly ms: number
  readonly cpuMs: number
}

/** A query that has been run over events, once or several times. */
export interface NexmarkRun {
  readonly results: readonly NexmarkResult[]
  /** Of each round. */
  readonly costs: readonly NexmarkCost[]
}

/** A query over events in millrace's test driver: each event is committed, and its results read, before the next one is piped. */
export async function ownRun(query: string, events: readonly NexmarkEvent[], rounds: number): Promise<NexmarkRun> {
  const costs: NexmarkCost[] = []
  let results: readonly NexmarkResult[] = []
  for (let round = 0; round < rounds; round++) {
    const { found, cost } = await ownRound(query, events)
    results = found
    costs.push(cost)
  }
  return { results, costs }
}

async function ownRound(query: string, events: readonly NexmarkEvent[]) {
  const topics = nexmarkTopics()
  const output = resultsTopic('nexmark-results')
  const topology = nexmarkTopology(query, { output: output.name })
  const read = new Set(topology.topics.map(({ name }) => name))
  const driver = await testDriver(topology, { partitions: 1 })
  const found: NexmarkResult[] = []
  try {
    const began = performance.now()
    const before = process.cpuUsage()
    for (const { topic: name, key, at, value } of events) {
      const topic = topics[name] as Topic<string, string, unknown>
      if (!read.has(topic.name)) continue
      driver.pipeSync(topic, key, value, { at })
      for (const result of driver.read(output)) found.push([result.key, result.value, result.timestamp])
    }
    const { user, system } = process.cpuUsage(before)
    return { found, cost: { ms: performance.now() - began, cpuMs: (user + system) / 1_000 } }
  } finally {
    driver.close()
  }
}
