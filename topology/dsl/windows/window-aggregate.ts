import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type FlowRecord, isPromise } from '../../definition/record.ts'
import type { AnyTopic } from '../../definition/topic.ts'
import { isAbsent } from '../change.ts'
import type { ClockStore } from '../clock.ts'
import { atOnce } from '../functions.ts'
import { leaveOut, type Outlets } from '../late-output.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import { StreamTime, streamTimeRows } from '../stream-time.ts'
import type { Fold, RawStore } from '../streams/key-value-aggregate.ts'
import { resultTime } from '../streams/key-value-aggregate.ts'
import { type ResultOptions, WindowResults } from './window-results.ts'
import type { Windowed } from './windowed.ts'
import type { TimeWindows } from './windows.ts'

/** The parts of every windowed aggregation. */
export interface WindowAggregate {
  readonly store: RawStore
  readonly clock: ClockStore
  readonly step: Fold
  readonly outlets: Outlets
  readonly results: ResultOptions
  /** Which of several inputs it is. */
  readonly input?: string
  /** Null values are left out, as they always are by sliding windows. */
  readonly withoutNulls: boolean
}

/** Starts of the windows that hold a time, oldest first. Units: ms. Source: `TimeWindows.windowsFor`. */
function windowStarts(time: number, { sizeMs, advanceMs }: TimeWindows<AnyTopic>): readonly number[] {
  const starts: number[] = []
  let start = Math.floor(Math.max(0, time - sizeMs + advanceMs) / advanceMs) * advanceMs
  for (; start <= time; start += advanceMs) starts.push(start)
  return starts
}

/**
 * Aggregates the values of a key in each tumbling or hopping window that holds them. A window takes records until the
 * operator has seen its end and the grace.
 *
 * Source: `KStreamWindowAggregate` of Kafka Streams: null keys are left out, null values are aggregated.
 */
export function windowAggregate(
  windows: TimeWindows<AnyTopic>,
  { store, clock, step, outlets, results, input, withoutNulls }: WindowAggregate,
): (context: NodeContext) => NodeProcessor {
  return context => {
    const table = context.store(store)
    const time = new StreamTime(context, clock, input, () => results.closing.node !== undefined)
    const output = new WindowResults(context, table, results, outlets.results)

    function* aggregate(record: FlowRecord): WaitingSteps {
      const raising = time.raise(record.timestamp)
      const closed = (isPromise(raising) ? yield* wait(raising) : raising) - windows.graceMs
      let late = false
      for (const start of windowStarts(record.timestamp, windows)) {
        const end = start + windows.sizeMs
        if (end <= closed) {
          late = true
          continue
        }
        const key: Windowed<unknown> = { key: record.key, start, end }
        const getting = table.get(key)
        const found = isPromise(getting) ? yield* wait(getting) : getting
        const after = atOnce(step(found?.value, record.value, record.key))
        const timestamp = resultTime(record, found, after)
        if (!isAbsent(after)) table.put(key, after, timestamp)
        else if (found === undefined) continue
        else table.delete(key)
        const sent = output.updated(record, key, found?.value ?? null, after ?? null, timestamp)
        if (isPromise(sent)) yield* wait(sent)
      }
      if (late) yield* wait(leaveOut(context, outlets, record))
    }

    return {
      process(record) {
        if (isAbsent(record.key)) return context.skip('null-key')
        if (withoutNulls && isAbsent(record.value)) return context.skip('null-value')
        return runSteps(aggregate(record))
      },
      ...output.flushing(),
    }
  }
}

/** Keys that the aggregation of a record reads, by store name. */
export function windowPrefetch(
  windows: TimeWindows<AnyTopic>,
  { store, clock, input }: Pick<WindowAggregate, 'store' | 'clock' | 'input'>,
): (record: FlowRecord) => Readonly<Record<string, readonly (readonly unknown[])[]>> {
  return record => {
    if (isAbsent(record.key)) return {}
    const keys = windowStarts(record.timestamp, windows).map(start => {
      return store.key.split({ key: record.key, start, end: start + windows.sizeMs })
    })
    return { [store.name]: keys, [clock.name]: streamTimeRows(input) }
  }
}
