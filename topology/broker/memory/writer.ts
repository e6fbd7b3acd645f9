import type { OutgoingRecord, RecordWriter } from '../port.ts'
import { RecordsRefusedError } from '../record-refusal.ts'
import type { Cluster } from './cluster.ts'
import { unavailable } from './errors.ts'
import { produceRounds } from './outgoing.ts'
import type { RequestLine } from './request-line.ts'

/** Appends outside transactions. */
export class MemoryWriter implements RecordWriter {
  readonly #cluster: Cluster
  readonly #line: RequestLine
  #closed = false

  constructor(cluster: Cluster, line: RequestLine) {
    this.#cluster = cluster
    this.#line = line
    line.parts.add(this)
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#closed) throw unavailable('a send of a closed writer')
    const { rounds, refusals } = produceRounds(this.#cluster.topics, records, this.#cluster.clock.now())
    for (const round of rounds) {
      await this.#line.send('Produce', round.map(({ log }) => log.topic).join(), () => {
        for (const { log, records, bytes } of round) log.append(records, bytes)
        this.#cluster.appended()
      })
    }
    if (refusals.length > 0) throw new RecordsRefusedError(refusals)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#line.parts.delete(this)
  }
}
