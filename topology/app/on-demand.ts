import type { TopologyDefinition } from '../definition/definition.ts'
import type { TestDriver, TestDriverOptions } from '../testing/driver.ts'
import type { SimulationOptions, SimulationReport } from '../testing/simulation/simulate.ts'
import type { Producer, ProducerOptions } from './producer.ts'
import type { RunOptions, StreamsApp } from './run.ts'

/*
 * Functions of the public entry that need the engine. Each loads it when it is called, so that a module which only declares
 * a topology loads no client of Kafka or Postgres and no simulator.
 */

/**
 * Runs a topology in this process: on parts in memory unless told otherwise, on servers by address. With a memory broker the
 * declared topics are created and schemas registered; on servers that is part of a deploy (`millrace topics apply`,
 * `millrace schemas register`).
 *
 * Shape: `await run(wordCount, { kafka: '127.0.0.1:9092', postgres: 'postgres://...', registry: 'http://...' })`.
 * Errors: TopologyError, with every problem of the definition; RetriableError when a server does not answer.
 */
export async function run(topology: TopologyDefinition, options: RunOptions = {}): Promise<StreamsApp> {
  return (await import('./run.ts')).run(topology, options)
}

/**
 * Opens a producer for a program outside the topology: typed by the topics that it sends to, and on the partitions that the
 * topology expects (Kafka's default partitioner, murmur2 of the key's bytes). Schemas must be registered.
 *
 * Shape: `const out = await openProducer({ kafka, registry }); await out.send(orders, 'o-1', { id: 'o-1' })`.
 * Errors: RetriableError when a server does not answer; TopologyError CONFIG_INVALID for credentials that are refused.
 */
export async function openProducer(options: ProducerOptions): Promise<Producer> {
  return (await import('./producer.ts')).openProducer(options)
}

/**
 * The topology of a `.yaml` file, or of a `.ts` or `.js` module: its default export, or the only topology it exports, or
 * `file.ts#name`. Unset: the topology of the project's `millrace.config.ts`.
 *
 * Errors: TopologyError CONFIG_INVALID when there is none; TOPOLOGY_INVALID for a YAML file with problems.
 */
export async function loadTopology(reference?: string): Promise<TopologyDefinition> {
  return (await import('./topology-file.ts')).loadTopology(reference)
}

/** A driver that runs the topology step by step, without servers: the one of `millrace/testing`. Errors: TOPOLOGY_INVALID. */
export async function testDriver(topology: TopologyDefinition, options: TestDriverOptions = {}): Promise<TestDriver> {
  return (await import('../testing/driver.ts')).testDriver(topology, options)
}

/** Runs a topology under seeded faults: the one of `millrace/testing`. */
export async function simulate(topology: TopologyDefinition, options: SimulationOptions): Promise<SimulationReport> {
  return (await import('../testing/simulation/simulate.ts')).simulate(topology, options)
}
