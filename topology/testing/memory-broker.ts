import { MemoryBroker as Broker, type MemoryBrokerOptions } from '../broker/memory/memory-broker.ts'
import { systemClock } from '../runtime/system-clock.ts'

/**
 * Kafka in this process, for `run({ kafka })` and for programs that write to it and read from it: nothing is persistent, in all
 * else its topics, transactions and groups behave as Kafka's do.
 *
 * Shape: `const kafka = new MemoryBroker()`; `new MemoryBroker({ clock })` with another clock than the system's.
 */
export class MemoryBroker extends Broker {
  constructor(options: Partial<MemoryBrokerOptions> = {}) {
    super({ ...options, clock: options.clock ?? systemClock })
  }
}
