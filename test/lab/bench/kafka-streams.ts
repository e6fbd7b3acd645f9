import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jarsOf, java } from '../../../ops/cluster/maven.ts'
import { FatalError, messageOf } from '../../../topology/definition/errors.ts'
import type { BenchCommand } from './bench-process.ts'
import type { Contender } from './contender.ts'
import type { CountRun } from './count-topology.ts'

const run = promisify(execFile)

export const streamsVersion = '4.1.0'

const source = join(dirname(fileURLToPath(import.meta.url)), 'java', 'CountBench.java')

/**
 * Kafka Streams as a contender: fetched through Maven, the program compiled by `javac`.
 *
 * Errors: FatalError UNSUPPORTED without a JDK of version 17, Maven or the network.
 */
export async function kafkaStreams(): Promise<Contender> {
  const command = await java('Kafka Streams')
  const jars = await jarsOf(`kafka-streams-${streamsVersion}`, [
    { groupId: 'org.apache.kafka', artifactId: 'kafka-streams', version: streamsVersion },
    { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
  ])
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const libraries = join(jars, 'jars', '*')
  await run('javac', ['-d', folder, '-cp', libraries, source]).catch(async error => {
    await rm(folder, { recursive: true, force: true })
    throw new FatalError(
      'UNSUPPORTED',
      `the Kafka Streams program cannot be compiled (${messageOf(error)}): install a JDK of version 17 or newer`,
    )
  })
  return {
    name: 'kafka-streams',
    command: ({ application, input, output, kafka, variant }: CountRun): BenchCommand => ({
      name: 'Kafka Streams',
      command,
      args: [
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        ...['-cp', [folder, libraries].join(process.platform === 'win32' ? ';' : ':'), 'CountBench'],
        ...[kafka, application, input, output, join(folder, application), variant],
      ],
    }),
    groupOf: ({ application }) => application,
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
