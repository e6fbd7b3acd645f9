import type { MemoryClient } from '../../topology/broker/memory/client.ts'
import { MemoryBroker } from '../../topology/broker/memory/memory-broker.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { brokerConformance } from './broker.ts'

brokerConformance('memory', async () => {
  const broker = new MemoryBroker({ clock: systemClock })
  return {
    connect: async () => broker.connect(),
    crash: async client => (client as MemoryClient).crash(),
    compact: async topic => broker.compact(topic),
    deleteRecords: async (topic, partition, before) => broker.deleteRecords({ topic, partition }, before),
    close: () => broker.close(),
  }
})
