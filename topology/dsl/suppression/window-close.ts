import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { type Duration, durationMs } from '../../definition/duration.ts'
import type { FlowRecord } from '../../definition/record.ts'
import type { Serde } from '../../definition/serde.ts'
import { timeSerde } from '../../definition/serdes/primitives.ts'
import type { StoreDefinition, TaskTable } from '../../definition/store.ts'
import { keyValueStore, rawTable } from '../../definition/stores/key-value.ts'
import { extended, type FormatOption, single } from '../../definition/stores/layout.ts'
import { type Change, isAbsent } from '../change.ts'
import { type ClockStore, OperatorTime } from '../clock.ts'
import { runSteps, type WaitingSteps, wait } from '../steps.ts'
import type { Windowed } from '../windows/windowed.ts'

/** Windows that have not been handed on yet, with their values, in order of their end. */
type OpenWindows = StoreDefinition<Windowed<unknown>, unknown, TaskTable<Windowed<unknown>, unknown>>

/** Declares the open windows of a store: `<store>-open`, with columns `window_end`, `key`, `window_start`, the value's. */
export function openWindows(store: string, key: Serde<unknown>, value: FormatOption<unknown>): OpenWindows {
  const format = extended(
    single('windowEnd', timeSerde),
    [
      ['key', key],
      ['windowStart', timeSerde],
    ],
    {
      take: (window: Windowed<unknown>) => [window.end, window.key, window.start],
      make: (end, [key, start]) => ({ key, start: start as number, end }),
    },
  )
  return rawTable(keyValueStore(`${store}-open`, { key: format, value }))
}

/** The rule by which a window counts as closed. */
interface WindowClose {
  readonly open: OpenWindows
  readonly clock: ClockStore
  /** A window is closed when the stream time has passed its end by this much. Units: ms. */
  readonly afterMs: number
  /** Whether the end itself belongs to the window, as it does for sliding windows and sessions. */
  readonly inclusive: boolean
  /** Closes every open window when no record has come for this long by the wall clock. */
  readonly idle: Duration | undefined
}

/**
 * Hands each window on once, when it has closed, with its final value. Stream time is that of the operator, moved by the
 * records it has aggregated.
 *
 * Source: `EmitStrategy.onWindowClose` of Kafka Streams (KIP-825). Kafka Streams finds closed windows by a range of the
 * store since the last emission; here a window is open until its row in `<store>-open` is gone, so that nothing is handed
 * on twice after a restart, and retention cannot take a window that was not handed on.
 */
export function windowClose(options: WindowClose): (context: NodeContext) => NodeProcessor {
  const { open, clock, afterMs, inclusive, idle } = options
  return context => {
    const idleMs = idle === undefined ? undefined : durationMs(idle)
    const pending = context.store(open)
    const seen = new OperatorTime(context, clock, 'stream-time')
    let lastArrival = context.now()

    /** Hands on the windows that ended before the time. */
    function* close(time: number, headers: FlowRecord['headers']): WaitingSteps {
      const closed = time - afterMs - (inclusive ? 1 : 0)
      if (closed < 0) return
      for (const { key: window, value, timestamp } of yield* wait(pending.scan({ to: [closed] }))) {
        pending.delete(window)
        yield* wait(context.forward({ key: window, value, timestamp, headers }))
      }
    }

    function* update(record: FlowRecord): WaitingSteps {
      const window = record.key as Windowed<unknown>
      const change = record.value as Change
      if (isAbsent(change.newValue)) pending.delete(window)
      else pending.put(window, change.newValue, record.timestamp)
      yield* close(yield* wait(seen.read()), record.headers)
    }

    function* closeIdle(): WaitingSteps {
      const rows = yield* wait(pending.scan({ reverse: true, limit: 1 }))
      const last = rows[0]?.key.end
      if (last === undefined) return
      const time = last + afterMs + (inclusive ? 1 : 0)
      yield* wait(seen.raise(time))
      yield* close(time, [])
    }

    if (idleMs !== undefined) {
      context.punctuate({
        name: 'close-idle',
        every: idleMs,
        on: 'wall-clock',
        run: now => (now - lastArrival < idleMs ? undefined : runSteps(closeIdle())),
      })
    }

    return {
      process(record) {
        lastArrival = context.now()
        return runSteps(update(record))
      },
    }
  }
}
