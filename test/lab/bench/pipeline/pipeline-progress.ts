import { setTimeout as sleep } from 'node:timers/promises'
import {
  ordersFills,
  ordersPlaced,
  portfolioSignals,
  signalsChecked,
  tradesApproved,
  tradingSignals,
} from '../../../../processors/topics.ts'
import trading from '../../../../processors/trading.ts'
import type { Broker } from '../../../../topology/broker/port.ts'
import { FatalError } from '../../../../topology/definition/errors.ts'
import { buildGraph } from '../../../../topology/definition/graph.ts'
import type { AnyTopic } from '../../../../topology/index.ts'
import type { BenchProcess } from '../bench-process.ts'

/** The interval between looks at the groups' offsets. Units: ms. */
const lookMs = 20
const patienceMs = 1_800_000

/** A transaction's marker stands after its last record: a group that has read that record stands there. */
const marker = 1

/** The progress of the pipeline's groups over what was sent before. */
export class PipelineProgress {
  readonly #broker: Broker
  readonly #workers: readonly BenchProcess[]
  readonly #groups = new Map(buildGraph(trading).subtopologies.map(({ name, group }) => [name, group]))

  constructor(broker: Broker, workers: readonly BenchProcess[]) {
    this.#broker = broker
    this.#workers = workers
  }

  /** Resolves when every signal is decided, with the time. Units: ms, of `performance.now`. */
  async decided(): Promise<number> {
    await this.#past('instrument-risk', [tradingSignals], 0)
    await this.#past('repartition', [signalsChecked], marker)
    return this.#past('portfolio-risk', [portfolioSignals], marker)
  }

  /** Resolves when every report is in the books and has been taken as feedback, with the time. After `decided`. Units: as there. */
  async settled(): Promise<number> {
    await this.#past('execution-sim', [tradesApproved], marker)
    await this.#past('portfolio-risk', [ordersFills], marker)
    return this.#past('reconciler', [ordersPlaced, ordersFills], marker)
  }

  /** Waits until a group has committed all records that the topics have by now. `slack`: offsets after the last record. */
  async #past(processor: string, topics: readonly AnyTopic[], slack: number): Promise<number> {
    const places = topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions! }, (_, partition) => ({ topic: name, partition })),
    )
    const ends = await this.#broker.admin.listOffsets(places, 'latest')
    const group = this.#groups.get(processor)!
    const until = performance.now() + patienceMs
    while (performance.now() < until) {
      const offsets = await this.#broker.admin.committedOffsets(group, places)
      if (ends.every((end, index) => end === 0 || (offsets[index]?.offset ?? 0) >= end! - slack))
        return performance.now()
      for (const worker of this.#workers) if (!worker.running) await worker.end()
      await sleep(lookMs)
    }
    throw new FatalError(
      'INTERNAL',
      `${processor} did not come to the end of its topics within ${patienceMs / 60_000} min`,
    )
  }
}
