import {
  type Broker,
  type OutgoingRecord,
  partitionKey,
  type TransactionalProducer,
} from '../../topology/broker/port.ts'
import type { Clock } from '../../topology/definition/clock.ts'
import { messageOf, RetriableError, TaskMigratedError, TopologyError } from '../../topology/definition/errors.ts'
import { retryHeaders } from '../../topology/runtime/retried-record.ts'
import { groupOf, type Letter, originalHeaders } from './letter.ts'
import {
  ensureStateTopic,
  forgottenStates,
  type LetterState,
  readStates,
  stateOf,
  stateRecord,
} from './letter-states.ts'

/** At most so many letters, and so many bytes of records, in one transaction. */
const chunkLetters = 500
const chunkBytes = 4 * 1024 * 1024
/** A transaction without an answer is settled, and the rest of the letters done, by at most so many further producers. */
const attempts = 5

/** The decision about letters: send their records back, or give them up for a reason. */
export type Verdict = { readonly state: 'retried' } | { readonly state: 'dropped'; readonly reason: string }

/** The result: the letters that were settled now, and those that were no longer open. */
export interface Settled {
  readonly done: readonly Letter[]
  readonly skipped: readonly Letter[]
}

/**
 * Settles letters exactly once: the record that goes back to its source partition and the state of its letter are written in
 * one Kafka transaction, by a producer that fences any other one at work on the same dead-letter topic; the states are read
 * after the fence. So two runs at once, a run that dies half way, and one that is repeated, send no record twice.
 *
 * A record goes back as it was (key, value, timestamp, its own headers), addressed by `retryHeaders` to the group that failed.
 * An output of a punctuator goes back to everybody who reads its topic.
 *
 * `progress` is told how many letters are settled. Errors: RetriableError; TaskMigratedError FENCED when another run took over;
 * TopologyError CONFIG_INVALID for letters without the value that is to go back.
 */
export async function settleLetters(
  broker: Broker,
  clock: Clock,
  letters: readonly Letter[],
  verdict: Verdict,
  progress: (done: number) => void = () => {},
): Promise<Settled> {
  if (verdict.state === 'retried') assertWhole(letters)
  const done: Letter[] = []
  const skipped: Letter[] = []
  for (const topic of new Set(letters.map(({ record }) => record.topic))) {
    await ensureStateTopic(broker, topic)
    let left = letters.filter(({ record }) => record.topic === topic)
    for (let attempt = 1; left.length > 0; attempt++) {
      const session = await open(broker, topic)
      try {
        const settled = done.length
        const states = await readStates(broker, [topic])
        // Those that an unanswered transaction of this run has settled after all are done, not skipped.
        const closed = left.filter(letter => stateOf(letter, states) !== undefined)
        ;(attempt === 1 ? skipped : done).push(...closed)
        left = left.filter(letter => !closed.includes(letter))
        const gone = await forgottenStates(broker, topic, states, clock.now())
        for (const chunk of chunksOf(left)) {
          const records = await recordsOf(broker, chunk, verdict, clock.now())
          await session.commit({ records: done.length === settled ? [...records, ...gone] : records })
          done.push(...chunk)
          left = left.slice(chunk.length)
          progress(done.length)
        }
      } catch (error) {
        if (!mayGoOn(error) || attempt === attempts) throw explained(error, topic)
      } finally {
        await session.close()
      }
    }
  }
  return { done, skipped }
}

function assertWhole(letters: readonly Letter[]): void {
  const places = letters.flatMap(({ reduced, place }) => (reduced ? [place] : []))
  if (places.length === 0) return
  throw new TopologyError(
    'CONFIG_INVALID',
    `${places.length} letters have no value to send back (${places.slice(0, 5).join(', ')}), since their topic did not take it: send these records from their source yourself and drop the letters, and choose the others with --at`,
  )
}

/** A producer that has fenced every other one at work on the letters of the topic. */
async function open(broker: Broker, topic: string): Promise<TransactionalProducer> {
  const producer = broker.producer({ transactionalId: `millrace-dlq-${topic}` })
  await producer.init()
  return producer
}

function mayGoOn(error: unknown): boolean {
  return error instanceof RetriableError || (error instanceof TaskMigratedError && error.code === 'COMMIT_UNKNOWN')
}

function explained(error: unknown, topic: string): unknown {
  if (!(error instanceof TaskMigratedError)) return error
  const what = `letters of '${topic}' were left half way (${messageOf(error)})`
  return new RetriableError(
    'BROKER_UNAVAILABLE',
    `${what}: nothing was sent twice; see that no other 'dlq' runs, and repeat it`,
    {
      cause: error,
    },
  )
}

/** Chunks that fit into one transaction, in order. */
function* chunksOf(letters: readonly Letter[]): Generator<readonly Letter[]> {
  let chunk: Letter[] = []
  let bytes = 0
  for (const letter of letters) {
    const size = letter.record.value?.length ?? 0
    if (chunk.length === chunkLetters || (chunk.length > 0 && bytes + size > chunkBytes)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(letter)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

async function recordsOf(
  broker: Broker,
  letters: readonly Letter[],
  verdict: Verdict,
  now: number,
): Promise<readonly OutgoingRecord[]> {
  const at = new Date(now).toISOString()
  if (verdict.state === 'dropped') return letters.map(letter => stateRecord(letter, { ...verdict, at }))
  const ends = await endsOf(broker, letters)
  return letters.flatMap(letter => {
    const { topic, partition } = letter.source
    const from: LetterState['from'] = { topic, partition, offset: ends.get(partitionKey(topic, partition)) as number }
    return [sentBack(letter), stateRecord(letter, { ...verdict, at, from })]
  })
}

/** The ends of the partitions that the records go back to, by `partitionKey`. */
async function endsOf(broker: Broker, letters: readonly Letter[]): Promise<ReadonlyMap<string, number>> {
  const partitions = new Map(letters.map(({ source }) => [partitionKey(source.topic, source.partition), source]))
  const ends = await broker.admin.listOffsets([...partitions.values()], 'latest')
  return new Map([...partitions.keys()].map((key, index) => [key, ends[index] as number]))
}

function sentBack(letter: Letter): OutgoingRecord {
  const { record, source, place, origin, retries, timestamp } = letter
  // Written in the order of `retryHeaders`: the group must be the last.
  const about = { letter: place, origin, count: String(retries + 1), group: groupOf(letter) }
  const fields = Object.keys(retryHeaders) as (keyof typeof retryHeaders)[]
  const said = source.offset < 0 ? fields.filter(field => field !== 'group') : fields
  const headers = said.map(field => ({ key: retryHeaders[field], value: Buffer.from(about[field]) }))
  const { topic, partition } = source
  const { key, value } = record
  return { topic, partition, timestamp, key, value, headers: [...originalHeaders(letter), ...headers] }
}
