import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jarsOf, java } from '../../../ops/cluster/maven.ts'
import { FatalError, messageOf } from '../../../topology/definition/errors.ts'
import type { VectorCase, VectorStep } from './case.ts'

const run = promisify(execFile)

const streamsVersion = '4.1.0'

/** For a program that runs for seconds beside others. */
const shortLived = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

const sources = join(dirname(fileURLToPath(import.meta.url)), 'java')

/** A case without its expected outputs. */
export interface OpenCase extends Omit<VectorCase, 'steps'> {
  readonly steps: readonly Pick<VectorStep, 'in'>[]
}

/** Kafka Streams' own test driver, which computes the expected outputs of a case. */
export interface VectorOracle {
  /** The cases with what Kafka Streams emits. Errors: FatalError INTERNAL when it refuses one. */
  answer(cases: readonly OpenCase[]): Promise<readonly VectorCase[]>
  close(): Promise<void>
}

/**
 * The oracle: Kafka Streams fetched through Maven, the program that drives it compiled by `javac`.
 *
 * Errors: FatalError UNSUPPORTED without a JDK of version 17, Maven or the network.
 */
export async function vectorOracle(): Promise<VectorOracle> {
  const command = await java("Kafka Streams' test driver")
  const jars = await jarsOf(`kafka-streams-test-utils-${streamsVersion}`, [
    { groupId: 'org.apache.kafka', artifactId: 'kafka-streams-test-utils', version: streamsVersion },
    { groupId: 'org.slf4j', artifactId: 'slf4j-nop', version: '1.7.36' },
  ])
  const libraries = join(jars, 'jars', '*')
  const folder = await mkdtemp(join(tmpdir(), 'millrace-vectors-'))
  const close = () => rm(folder, { recursive: true, force: true })
  const files = (await readdir(sources)).map(file => join(sources, file))
  await run('javac', ['-d', folder, '-cp', libraries, ...files]).catch(async error => {
    await close()
    throw new FatalError(
      'UNSUPPORTED',
      `the program that asks Kafka Streams cannot be compiled (${messageOf(error)}): install a JDK of version 17 or newer`,
    )
  })
  return {
    async answer(cases) {
      const [asked, answered] = [join(folder, 'asked.json'), join(folder, 'answered.json')]
      await writeFile(asked, JSON.stringify(cases))
      const options = [
        ...shortLived,
        '-cp',
        [folder, libraries].join(delimiter),
        'VectorOracle',
        asked,
        answered,
        folder,
      ]
      await run(command, options).catch((error: Error & { readonly stderr?: string }) => {
        const reason = /IllegalStateException: (.*)/.exec(error.stderr ?? '')?.[1] ?? messageOf(error)
        throw new FatalError(
          'INTERNAL',
          `Kafka Streams refuses a case (${reason}): its parameters or inputs are not legal`,
        )
      })
      return JSON.parse(await readFile(answered, 'utf8'))
    },
    close,
  }
}
