import type { LogBatch } from '../../broker/memory/partition-log.ts'
import type { RawRecord } from '../../broker/port.ts'
import { deadLetterTopic } from '../../definition/naming.ts'
import type { SeedWorld } from './seed-run.ts'

/*
 * Checkers that know nothing about how the engine works: they look at the logs as they are (`inspect`), not through a reader,
 * and at the tables. Each returns the problems, in words; none when all is well.
 */

type Logs = Pick<SeedWorld, 'broker' | 'partitions'>

/** Committed batches of data of a topic in the order of partition and offset, straight from the log. */
export function committedBatches({ broker, partitions }: Logs, topic: string): readonly LogBatch[] {
  return Array.from({ length: partitions.get(topic) ?? 0 }, (_, partition) =>
    broker
      .inspect({ topic, partition })
      .filter(
        ({ kind, transaction }) =>
          kind === 'data' && (transaction === undefined || transaction.verdict === 'committed'),
      ),
  ).flat()
}

/** Committed data records of a topic in the order of partition and offset. */
export function committedRecords(logs: Logs, topic: string): readonly RawRecord[] {
  return committedBatches(logs, topic).flatMap(({ records }) => records)
}

/** No transaction is left without a verdict. */
export function checkNothingHangs(world: SeedWorld): readonly string[] {
  return world.broker.openTransactions().map(id => `transaction of '${id}' hangs`)
}

/** In every partition, records of a transactional id's older epoch never follow those of a newer one. */
export function checkFences(world: SeedWorld): readonly string[] {
  const wrong: string[] = []
  for (const [topic, count] of world.partitions)
    for (let partition = 0; partition < count; partition++) {
      const newest = new Map<string, number>()
      for (const { kind, transaction, base } of world.broker.inspect({ topic, partition })) {
        if (kind !== 'data' || transaction === undefined) continue
        const known = newest.get(transaction.transactionalId) ?? -1
        if (transaction.epoch < known)
          wrong.push(`${topic}/${partition} offset ${base}: '${transaction.transactionalId}' wrote after its fence`)
        newest.set(transaction.transactionalId, Math.max(known, transaction.epoch))
      }
    }
  return [...wrong, ...world.witness.problems]
}

/** Every table was a committed cut whenever it was looked at, and holds all that is committed now that the run is at rest. */
export async function checkTables(world: SeedWorld): Promise<readonly string[]> {
  return [...(await world.history.problems(world.registry)), ...world.history.behind()]
}

/** One dead letter for each poison record, each of another record. */
export function checkDeadLetters(world: SeedWorld, expected: number): readonly string[] {
  const inputs = new Set(world.graph.subtopologies.flatMap(sub => sub.inputs))
  const letters = [...inputs].flatMap(topic => committedRecords(world, deadLetterTopic(topic)))
  const origins = new Set(letters.map(({ topic, partition, headers }) => `${topic}/${partition}/${originOf(headers)}`))
  const wrong: string[] = []
  if (origins.size < letters.length) wrong.push(`${letters.length} dead letters of ${origins.size} records`)
  if (letters.length !== expected) wrong.push(`${letters.length} dead letters, expected ${expected}`)
  return wrong
}

function originOf(headers: RawRecord['headers']): string {
  const header = headers.find(({ key }) => key === 'millrace.dlq.offset')
  return header?.value ? Buffer.from(header.value).toString() : ''
}
