import type { ConsoleData, Pulse } from '../../gateway/console/console-data.ts'
import type { Clock, Timer } from '../../topology/definition/clock.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import { LetterBox } from './letter-box.ts'
import { PulseReader } from './pulse-reader.ts'
import type { ConsoleSource } from './source.ts'
import { readRowPage } from './store-rows.ts'
import { TopicTails } from './topic-tails.ts'
import { consoleTopology } from './topology-view.ts'

/** Between two readings while somebody looks. Units: ms. */
const pulseMs = 1_000
/** Connections are closed when nobody has looked for so long. Units: ms. */
const restMs = 30_000

/** The console of a topology. Close it before its port. */
export interface OpenConsole extends ConsoleData {
  close(): Promise<void>
}

/** The options of a console. */
interface ConsoleOptions {
  readonly source: ConsoleSource
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly produce?: ConsoleData['produce']
  /** Is told of errors that no viewer sees. */
  readonly report: (error: unknown) => void
}

/** Opens a console. It reads nothing while nobody looks, and once for all who do. */
export function openConsole({ source, clock, produce, report }: ConsoleOptions): OpenConsole {
  const closing = new AbortController()
  const letters = new LetterBox(source)
  const reader = new PulseReader(source, letters)
  const tails = new TopicTails(source, report)
  const viewers = new Set<(pulse: Pulse) => void>()
  let last: Pulse | undefined
  let reading = false
  let next: Timer | undefined
  let resting: Timer | undefined
  let asking = 0

  async function beat(): Promise<void> {
    next = undefined
    reading = true
    last = await reader.read(clock.now())
    reading = false
    for (const viewer of viewers) viewer(last)
    if (viewers.size > 0) next = clock.after(pulseMs, () => void beat())
    else stopped()
  }

  function stopped(): void {
    next?.cancel()
    next = undefined
    reader.pause()
    last = undefined
    restLater()
  }

  function restLater(): void {
    resting?.cancel()
    resting = clock.after(restMs, () => {
      if (viewers.size === 0 && tails.idle && asking === 0) void source.rest()
    })
  }

  /** One request counts as looking until it is answered. */
  async function ask<T>(work: () => Promise<T>): Promise<T> {
    asking++
    try {
      return await work()
    } finally {
      asking--
      restLater()
    }
  }

  const kafka = source.parts !== undefined
  return {
    topology: consoleTopology(source.graph, source.schema, kafka),
    closing: closing.signal,
    watch(onPulse) {
      viewers.add(onPulse)
      if (last) onPulse(last)
      if (!reading && next === undefined) void beat()
      return () => {
        viewers.delete(onPulse)
        if (viewers.size === 0 && !reading) stopped()
      }
    },
    rows: (store, query) => ask(() => readRowPage(source, store, query)),
    tail(topic, onRecords) {
      const leave = tails.watch(topic, onRecords)
      return () => {
        leave()
        restLater()
      }
    },
    letters: () => ask(() => letters.page()),
    settle(places, verdict) {
      if (!kafka) throw new TopologyError('CONFIG_INVALID', 'no Kafka is known here: set KAFKA_BROKERS')
      return ask(() => letters.settle(places, verdict))
    },
    ...(produce && { produce }),
    async close() {
      closing.abort()
      viewers.clear()
      tails.close()
      resting?.cancel()
      await source.rest()
    },
  }
}
