import type { BrokerFaults, BrokerRequest, Fault } from '../../../../topology/broker/memory/faults.ts'
import { MemoryBroker, type MemoryBrokerOptions } from '../../../../topology/broker/memory/memory-broker.ts'
import type { Broker, GroupOptions, OutgoingRecord } from '../../../../topology/broker/port.ts'
import { MillraceError } from '../../../../topology/definition/errors.ts'
import { VirtualClock } from '../../../../topology/testing/virtual-clock.ts'

/** A broker on a virtual clock that starts at 0. */
export function brokerAt0(options: Partial<MemoryBrokerOptions> = {}): { clock: VirtualClock; broker: MemoryBroker } {
  const clock = new VirtualClock({ startMs: 0 })
  return { clock, broker: new MemoryBroker({ clock, ...options }) }
}

/** Spoils the first request of an API with a fault, and notes every request. */
export class FirstRequest implements BrokerFaults {
  readonly seen: BrokerRequest[] = []
  readonly #api: BrokerRequest['api']
  readonly #fault: Fault
  fired = 0

  constructor(api: BrokerRequest['api'], fault: Fault) {
    this.#api = api
    this.#fault = fault
  }

  onRequest(request: BrokerRequest): Fault | undefined {
    this.seen.push(request)
    if (request.api !== this.#api || this.fired > 0) return undefined
    this.fired++
    return this.#fault
  }
}

/** Text records of one topic: `pairs(topic, ['k', 'v'], ['k', null])`. */
export function pairs(topic: string, ...all: (readonly [string | null, string | null])[]): OutgoingRecord[] {
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
  return all.map(([key, value]) => {
    return { topic, partition: 0, timestamp: 0, key: bytes(key), value: bytes(value), headers: [] }
  })
}

/** The records that a fresh reader of partition 0 finds: `['k=v', 'k=null']`. */
export async function contents(clock: VirtualClock, broker: Broker, topic: string): Promise<string[]> {
  const reader = broker.reader({ isolation: 'read_committed' })
  const at = { topic, partition: 0 }
  const [start] = await clock.resolve(broker.admin.listOffsets([at], 'earliest'))
  reader.seek(at, start!)
  const found: string[] = []
  for (let more = true; more; ) {
    for (const { records, position, endOffset } of await clock.resolve(reader.poll())) {
      found.push(...records.map(({ key, value }) => `${key?.toString() ?? null}=${value?.toString() ?? null}`))
      more = position < endOffset
    }
  }
  await reader.close()
  return found
}

/** The MillraceError a promise ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<MillraceError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof MillraceError) return outcome
  throw new Error(`expected a MillraceError, got ${String(outcome)}`)
}

/** Group options that note what happens: `['assigned 1 a,b', 'revoked', 'lost ...']`. The leader gives everyone the ids. */
export function member(groupId: string, log: string[], rest: Partial<GroupOptions> = {}): GroupOptions {
  return {
    groupId,
    topics: [],
    protocol: 'test',
    sessionTimeoutMs: 10_000,
    userData: () => '',
    assign: members => new Map(members.map(({ memberId }) => [memberId, `${members.length}`])),
    onAssigned: (assignment, generation) => log.push(`assigned ${assignment} in ${generation.id}`),
    onRevoked: async () => {
      log.push('revoked')
    },
    onLost: reason => log.push(`lost ${reason}`),
    ...rest,
  }
}
