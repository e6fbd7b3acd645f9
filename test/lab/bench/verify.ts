import postgres from 'postgres'
import type { Broker } from '../../../topology/broker/port.ts'
import { FatalError } from '../../../topology/definition/errors.ts'
import type { CountRun } from './count-topology.ts'
import type { Counts, Workload } from './workload.ts'

/**
 * Reads the committed output and compares the last count of each key with the right one; where every update was asked for,
 * there must be one output a record. Returns how many outputs there are.
 *
 * Errors: FatalError when anything is wrong: a fast wrong answer is no result.
 */
export async function verifyOutput(
  contender: string,
  { output, variant }: CountRun,
  { records, partitions }: Workload,
  expected: Counts,
  broker: Broker,
): Promise<number> {
  const at = Array.from({ length: partitions }, (_, partition) => ({ topic: output, partition }))
  const ends = await broker.admin.listOffsets(at, 'committed')
  const reader = broker.reader({ isolation: 'read_committed' })
  const left = new Map<number, number>()
  for (const [partition, end] of ends.entries()) if (end > 0) left.set(partition, end)
  for (const partition of left.keys()) reader.seek({ topic: output, partition }, 0)
  const found = new Map<string, number>()
  let outputs = 0
  try {
    while (left.size > 0) {
      for (const { partition, records: read, position } of await reader.poll()) {
        for (const { key, value } of read) found.set(textOf(key), countOf(value))
        outputs += read.length
        if (position >= left.get(partition)!) left.delete(partition)
      }
    }
  } finally {
    await reader.close()
  }
  compare(`${contender}'s output`, found, expected)
  if (variant === 'every-update' && outputs !== records)
    throw wrong(contender, `it wrote ${outputs} updates for ${records} records`)
  return outputs
}

/** Compares millrace's table with the right counts. Errors: as `verifyOutput`. */
export async function verifyTable({ application, postgres: url }: CountRun, expected: Counts): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const rows = await sql`select key, value from ${sql(application)}.counts`
    compare("millrace's table", new Map(rows.map(row => [row.key as string, Number(row.value)])), expected)
  } finally {
    await sql.end()
  }
}

function compare(what: string, found: Counts, expected: Counts): void {
  if (found.size !== expected.size) throw wrong(what, `${found.size} keys instead of ${expected.size}`)
  for (const [key, count] of expected)
    if (found.get(key) !== count) throw wrong(what, `'${key}' is ${found.get(key)} instead of ${count}`)
}

function wrong(what: string, how: string): FatalError {
  return new FatalError('INTERNAL', `the count is wrong, ${what}: ${how}. A time for it means nothing`)
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? '' : Buffer.from(bytes).toString()
}

function countOf(bytes: Uint8Array | null): number {
  return bytes?.length === 8 ? Number(Buffer.from(bytes).readBigInt64BE()) : Number.NaN
}
