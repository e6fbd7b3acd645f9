import type { OutgoingRecord, RecordWriter } from '../port.ts'
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
    for (const round of produceRounds(this.#cluster.topics, records)) {
      await this.#line.send('Produce', round.map(({ log }) => log.topic).join(), () => {
        for (const { log, records, bytes } of round) log.append(records, bytes)
        this.#cluster.appended()
      })
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#line.parts.delete(this)
  }
}
