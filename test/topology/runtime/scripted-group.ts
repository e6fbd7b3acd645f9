import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { Broker, GroupOptions } from '../../../topology/broker/port.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'

/** Parts in memory for a worker whose groups do only what the test says, in the order that the test says. */
export function scripted() {
  const clock = new VirtualClock({ seed: 1 })
  const memory = new MemoryBroker({ clock }).connect()
  const joined: GroupOptions[] = []
  const asked: string[] = []
  const broker: Broker = {
    admin: memory.admin,
    // The broker knows of no such member, so it is not told of one.
    producer(options) {
      const producer = memory.producer(options)
      return {
        init: () => producer.init(),
        commit: ({ records, offsets }) =>
          producer.commit({
            records,
            ...(offsets && { offsets: { group: offsets.group, offsets: offsets.offsets } }),
          }),
        close: () => producer.close(),
      }
    },
    writer: () => memory.writer(),
    reader: options => memory.reader(options),
    join(options) {
      joined.push(options)
      return {
        lastHeartbeat: () => clock.now(),
        async confirm() {
          asked.push(options.groupId)
          return false
        },
        leave: async () => {},
      }
    },
    close: () => memory.close(),
  }
  return { clock, broker, joined, asked, memory, storage: memoryStorage({ clock }) }
}
