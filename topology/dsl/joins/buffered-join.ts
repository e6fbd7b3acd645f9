import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import type { FlowRecord } from '../../definition/record.ts'
import { isAbsent } from '../change.ts'
import { type ClockStore, OperatorTime } from '../clock.ts'
import { atOnce } from '../functions.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import type { HeldRecords } from './join-stores.ts'
import type { LookupJoin } from './lookup-join.ts'

/** The store and the clock of records that wait until the table has had time to catch up. Units: ms. */
interface JoinBuffer {
  readonly store: HeldRecords
  readonly clock: ClockStore
  readonly graceMs: number
}

/**
 * Joins each record with the value that a versioned table has for its time, once stream time has passed it by the grace: so
 * a table's record that comes a little late still counts. One that comes later than the grace is joined at once. Stream time
 * is that of the records that wait.
 *
 * Source: `KStreamKTableJoinProcessor` over `RocksDBTimeOrderedKeyValueBuffer` of Kafka Streams (KIP-923). Kafka Streams
 * fails on a null key in a left join with a grace; here it is joined with null, as without.
 */
export function bufferedJoin(
  { kind, joiner, open }: Pick<LookupJoin, 'kind' | 'joiner' | 'open'>,
  { store, clock, graceMs }: JoinBuffer,
): (context: NodeContext) => NodeProcessor {
  return context => {
    const lookup = open(context)
    const held = context.store(store)
    const seen = new OperatorTime(context, clock, 'stream-time')

    function* join(record: FlowRecord): WaitingSteps {
      const { key, value, timestamp } = record
      const found = yield* wait(lookup.getAt ? lookup.getAt(key, timestamp) : lookup.get(key))
      if (found === undefined && kind === 'inner') return
      yield* wait(context.forward({ ...record, value: atOnce(joiner(value, found?.value ?? null, key)) }))
    }

    function* hold(record: FlowRecord): WaitingSteps {
      const { key, value, timestamp, headers } = record
      if (timestamp < (yield* wait(seen.read())) - graceMs) return yield* join(record)
      const until = (yield* wait(seen.raise(timestamp))) - graceMs
      const range = { from: [timestamp, key], to: [timestamp, key], reverse: true, limit: 1 }
      const [same] = yield* wait(held.scan(range))
      held.put({ key, time: timestamp, number: (same?.key.number ?? -1) + 1 }, { value, headers }, timestamp)
      if (until < 0) return
      for (const due of yield* wait(held.scan({ to: [until] }))) {
        held.delete(due.key)
        yield* join({ key: due.key.key, ...due.value, timestamp: due.key.time })
      }
    }

    return {
      process(record) {
        if (isAbsent(record.value)) return context.skip('null-value')
        if (!isAbsent(record.key)) return runSteps(hold(record))
        if (kind === 'inner') return context.skip('null-key')
        return context.forward({ ...record, value: atOnce(joiner(record.value, null, record.key)) })
      },
    }
  }
}
