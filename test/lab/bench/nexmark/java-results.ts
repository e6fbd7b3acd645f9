import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type JavaProgram, javaProgram } from '../../vectors/java-program.ts'
import { streamsVersion } from '../kafka-streams.ts'
import type { NexmarkEvent } from './event.ts'
import type { NexmarkCost, NexmarkResult, NexmarkRun } from './own-results.ts'

/** The queries in Kafka Streams. Errors: FatalError UNSUPPORTED without a JDK of version 17, Maven or the network. */
export function nexmarkProgram(): Promise<JavaProgram> {
  return javaProgram({
    asks: "Kafka Streams' test driver",
    name: `kafka-streams-test-utils-${streamsVersion}`,
    artifacts: [
      { groupId: 'org.apache.kafka', artifactId: 'kafka-streams-test-utils', version: streamsVersion },
      { groupId: 'org.slf4j', artifactId: 'slf4j-nop', version: '1.7.36' },
    ],
    sources: fileURLToPath(new URL('java', import.meta.url)),
  })
}

/** Several rounds are a bench: they get the compilers and collectors that a long run has. */
const benchSettings = ['-Xms512m', '-Xmx1g']

/** Queries over events in the test driver of Kafka Streams, as `ownRun` does it. */
export async function javaRuns(
  program: JavaProgram,
  queries: readonly string[],
  events: readonly NexmarkEvent[],
  rounds: number,
): Promise<ReadonlyMap<string, NexmarkRun>> {
  const folder = await mkdtemp(join(program.folder, 'nexmark-'))
  const file = join(folder, 'events')
  try {
    const lines = events.map(({ topic, key, at, value }) => JSON.stringify([topic, key, at, value]))
    await writeFile(file, `${lines.join('\n')}\n`)
    await mkdir(join(folder, 'state'))
    const args = [file, folder, join(folder, 'state'), queries.join(','), String(rounds)]
    await program.run('NexmarkDriver', args, ...(rounds > 1 ? [benchSettings] : []))
    const costs = await readLines<NexmarkCost & { readonly query: string }>(join(folder, 'costs.jsonl'))
    const found = new Map<string, NexmarkRun>()
    for (const query of queries)
      found.set(query, {
        results: await readLines<NexmarkResult>(join(folder, `${query}.jsonl`)),
        costs: costs.filter(cost => cost.query === query).map(({ ms, cpuMs }) => ({ ms, cpuMs })),
      })
    return found
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readLines<T>(path: string): Promise<readonly T[]> {
  const lines: T[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) lines.push(JSON.parse(line))
  return lines
}
