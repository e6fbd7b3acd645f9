import type { StoreFaults } from '../../../store/memory-faults.ts'
import { memoryStorage } from '../../../store/memory-storage.ts'
import { MemoryBroker } from '../../../topology/broker/memory/memory-broker.ts'
import type { Broker, GroupOptions } from '../../../topology/broker/port.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'

/** The commit of a task. Shape: `{ id: 'app-reader-0', generation: 1 }`. */
export interface Committed {
  readonly id: string
  readonly generation: number | undefined
}

/** Parts in memory for a worker whose groups do only what the test says, in the order that the test says. */
export function scripted(faults?: StoreFaults) {
  const clock = new VirtualClock({ seed: 1 })
  const memory = new MemoryBroker({ clock }).connect()
  const joined: GroupOptions[] = []
  const asked: string[] = []
  const committed: Committed[] = []
  /** The state of the group and of commits; a test changes it as it goes. */
  const fate: { standing: boolean; commit: Error | undefined } = { standing: false, commit: undefined }
  const broker: Broker = {
    admin: memory.admin,
    // The broker knows of no such member, so it is not told of one.
    producer(options) {
      const producer = memory.producer(options)
      return {
        init: () => producer.init(),
        async commit({ records, offsets }) {
          committed.push({ id: options.transactionalId, generation: offsets?.generation?.id })
          if (fate.commit) throw fate.commit
          return producer.commit({
            records,
            ...(offsets && { offsets: { group: offsets.group, offsets: offsets.offsets } }),
          })
        },
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
          return fate.standing
        },
        leave: async () => {},
      }
    },
    close: () => memory.close(),
  }
  return {
    clock,
    broker,
    joined,
    asked,
    committed,
    fate,
    memory,
    storage: memoryStorage({ clock, ...(faults && { faults }) }),
  }
}
