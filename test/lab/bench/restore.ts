import postgres from 'postgres'
import { createDatabase } from '../../../ops/cluster/postgres-embedded.ts'
import { connectParts } from '../../../topology/app/connections.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { changelogTopic } from '../../../topology/definition/naming.ts'
import { bytes, processor, store, string, topic, topology } from '../../../topology/index.ts'
import { bindCodecs } from '../../../topology/runtime/codecs.ts'
import { partitionOf } from '../../../topology/runtime/partitioner.ts'
import { restoreTask } from '../../../topology/runtime/restore.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { cpuOfTree } from './process-cpu.ts'

/** The state that a bench of the restore brings back. */
export interface RestoreWorkload {
  readonly keys: number
  readonly partitions: number
  /** Restores, each into an empty database. */
  readonly rounds: number
}

/** One restore. */
export interface RestoreRound {
  readonly recordsPerSecond: number
  readonly seconds: number
  /** User and system time of this process, for each record. Units: microseconds. */
  readonly cpuMicroseconds: number
  /** Of Postgres, for each record, where this bench started it. Units: microseconds. */
  readonly postgresMicroseconds: number | undefined
}

/** A value is as long as this. Units: bytes. */
const valueBytes = 100
/** Records of one send. */
const sendRecords = 20_000

/**
 * Restores a store of so many keys, all partitions at once in one process, from its changelog in Kafka into an empty database, as a
 * worker does that finds no tables. Errors: when a row is missing after a restore.
 */
export async function restoreBench(
  servers: { readonly kafka: string; readonly postgres: string; readonly postgresPid?: number | undefined },
  { keys, partitions, rounds }: RestoreWorkload,
  onRound: (round: RestoreRound) => void,
): Promise<readonly RestoreRound[]> {
  const application = `restore-${Date.now().toString(36)}`
  const states = store.keyValue('states', { key: string, value: bytes })
  const input = topic(`${application}-in`, { key: string, value: string, partitions })
  const graph = buildGraph(
    topology(application, t =>
      t.processor(processor({ name: 'keep', streams: [input], stores: { states }, process() {} })),
    ),
  )
  const { stores } = graph.subtopologies[0]!
  const codecs = await bindCodecs(graph, undefined)
  const changelog = changelogTopic(application, 'states')
  const measured: RestoreRound[] = []
  const parts = await connectParts({ kafka: servers.kafka })
  try {
    await parts.broker.admin.createTopics([{ name: changelog, partitions, config: { 'cleanup.policy': 'compact' } }])
    const writer = await parts.broker.writer()
    const value = Buffer.alloc(valueBytes, 'v')
    for (let from = 0; from < keys; from += sendRecords)
      await writer.send(
        Array.from({ length: Math.min(sendRecords, keys - from) }, (_, index) => {
          const key = Buffer.from(`key-${from + index}`)
          const partition = partitionOf(key, partitions)
          return { topic: changelog, partition, timestamp: 0, key, value, headers: [] }
        }),
      )
    await writer.close()
    for (let round = 0; round < rounds; round++) {
      const url = await createDatabase(servers.postgres, `${application}-${round}`)
      const { storage, close } = await connectParts({ postgres: url })
      try {
        await storage.migrate(application, stores)
        const began = performance.now()
        const before = process.cpuUsage()
        const postgresBefore = await cpuOfTree(servers.postgresPid)
        await Promise.all(
          Array.from({ length: partitions }, async (_, partition) =>
            restoreTask({
              application,
              partition,
              stores,
              storage: await storage.claim({ application, task: { subtopology: 'keep', partition }, stores }),
              broker: parts.broker,
              codecs,
              clock: systemClock,
              deleteRetentionMs: () => 86_400_000,
              aborted: () => false,
            }),
          ),
        )
        const seconds = (performance.now() - began) / 1_000
        const cpu = process.cpuUsage(before)
        const postgresAfter = await cpuOfTree(servers.postgresPid)
        await checkRows(url, keys)
        const result = {
          recordsPerSecond: Math.round(keys / seconds),
          seconds,
          cpuMicroseconds: eachOf((cpu.user + cpu.system) / 1e6, keys),
          postgresMicroseconds:
            postgresBefore === undefined || postgresAfter === undefined
              ? undefined
              : eachOf(postgresAfter - postgresBefore, keys),
        }
        measured.push(result)
        onRound(result)
      } finally {
        await close()
      }
    }
    await parts.broker.admin.deleteTopics([changelog])
    return measured
  } finally {
    await parts.close()
  }
}

/** Seconds as microseconds for each of so many. */
function eachOf(seconds: number, count: number): number {
  return Math.round((seconds / count) * 1e8) / 100
}

async function checkRows(url: string, keys: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const [row] = await sql`select count(*)::int as n from states`
    if (row?.n !== keys) throw new Error(`${row?.n} rows are there of ${keys}`)
  } finally {
    await sql.end()
  }
}
