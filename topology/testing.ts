// biome-ignore-all assist/source/organizeImports: what a test uses first comes first
/**
 * The public names of `millrace/testing`: running a topology without servers, step by step or under faults.
 */

// Step by step.
export { testDriver } from './testing/driver.ts'
export type {
  DeadLetter,
  PipedRecord,
  PipeOptions,
  ReadRecord,
  TestDriver,
  TestDriverOptions,
} from './testing/driver.ts'

// Under seeded faults.
export { simulate } from './testing/simulation/simulate.ts'
export type { Simulation, SimulationOptions, SimulationReport, SimulationView } from './testing/simulation/simulate.ts'
export type { SimulatedInput } from './testing/simulation/input.ts'

// Parts in memory, for `run`.
export { MemoryBroker } from './testing/memory-broker.ts'
export { systemClock } from './runtime/system-clock.ts'
export type { Clock } from './definition/clock.ts'
export { memoryRegistry } from '../schemas/registry/memory.ts'
export type { MemoryRegistry } from '../schemas/registry/memory.ts'
