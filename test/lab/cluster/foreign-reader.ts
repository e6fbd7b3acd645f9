import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { partitionsOf, readRaw } from '../../../topology/app/topics/read-raw.ts'
import type { Broker } from '../../../topology/broker/port.ts'
import { kafkaProgram } from './kafka-program.ts'

/**
 * Compares what this library reads of topics with what Kafka's own Java consumer reads: number of records, and a sum over
 * offsets, keys and values, of each partition.
 */
export async function auditByForeignReader(
  broker: Broker,
  url: string,
  topics: readonly string[],
): Promise<{ readonly records: number; readonly problems: readonly string[] }> {
  const [own, foreign] = [await readOwn(broker, topics), await readForeign(url, topics)]
  const problems: string[] = []
  let records = 0
  for (const name of new Set([...own.keys(), ...foreign.keys()])) {
    const [ours, theirs] = [own.get(name) ?? 'nothing', foreign.get(name) ?? 'nothing']
    if (ours !== theirs) problems.push(`${name}: ${ours} here, ${theirs} for Kafka's consumer (records, sum)`)
    records += Number.parseInt(theirs, 10) || 0
  }
  return { records, problems }
}

async function readForeign(url: string, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const program = await kafkaProgram()
  try {
    const answer = join(program.folder, 'answer.txt')
    await program.run('ForeignReader', [url, answer, ...topics])
    const lines = (await readFile(answer, 'utf8')).trim().split('\n')
    return new Map(
      lines.map(line => {
        const [topic, partition, count, sum] = line.split(' ')
        return [`${topic}/${partition}`, `${count} ${sum}`]
      }),
    )
  } finally {
    await program.close()
  }
}

const noKey = Buffer.from([1])
const noValue = Buffer.from([2])

async function readOwn(broker: Broker, topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const partitions = await partitionsOf(broker, topics)
  const found = new Map(partitions.map(({ topic, partition }) => [`${topic}/${partition}`, { count: 0, sum: 0 }]))
  for await (const { topic, partition, offset, key, value } of readRaw(broker, partitions)) {
    const one = found.get(`${topic}/${partition}`)!
    one.count++
    one.sum = crc32(value ?? noValue, crc32(key ?? noKey, crc32(String(offset), one.sum)))
  }
  return new Map([...found].map(([name, { count, sum }]) => [name, `${count} ${sum}`]))
}
