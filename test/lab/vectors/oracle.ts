import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FatalError, messageOf } from '../../../topology/definition/errors.ts'
import type { VectorCase, VectorStep } from './case.ts'
import { javaProgram } from './java-program.ts'

const streamsVersion = '4.1.0'

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
  const program = await javaProgram({
    asks: "Kafka Streams' test driver",
    name: `kafka-streams-test-utils-${streamsVersion}`,
    artifacts: [
      { groupId: 'org.apache.kafka', artifactId: 'kafka-streams-test-utils', version: streamsVersion },
      { groupId: 'org.slf4j', artifactId: 'slf4j-nop', version: '1.7.36' },
    ],
    sources: fileURLToPath(new URL('java', import.meta.url)),
  })
  const { folder } = program
  return {
    async answer(cases) {
      const [asked, answered] = [join(folder, 'asked.json'), join(folder, 'answered.json')]
      await writeFile(asked, JSON.stringify(cases))
      await program
        .run('VectorOracle', [asked, answered, folder])
        .catch((error: Error & { readonly stderr?: string }) => {
          const reason = /IllegalStateException: (.*)/.exec(error.stderr ?? '')?.[1] ?? messageOf(error)
          throw new FatalError(
            'INTERNAL',
            `Kafka Streams refuses a case (${reason}): its parameters or inputs are not legal`,
          )
        })
      return JSON.parse(await readFile(answered, 'utf8'))
    },
    close: () => program.close(),
  }
}
