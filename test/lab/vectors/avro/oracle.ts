import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { javaProgram } from '../java-program.ts'

const avroVersion = '1.12.1'

/** A question to Java: bodies (hex) of a writer's schema, to be read as a reader's. Schemas are JSON texts. */
export interface AvroQuestion {
  readonly writer: string
  readonly reader: string
  readonly bodies: readonly string[]
}

/** Java's answer. Values are written as `valueText` has them. */
export interface AvroAnswer {
  /** The reason why a schema is invalid. */
  readonly refused?: string
  readonly values?: readonly {
    /** As the writer's schema has it, and its bytes as Java writes them. */
    readonly written?: unknown
    readonly body?: string
    readonly unwritten?: string
    /** As the reader's schema has it, or the reason why it cannot be read. */
    readonly read?: unknown
    readonly unread?: string
  }[]
}

/** Avro's Java implementation. */
export interface AvroOracle {
  answer(questions: readonly AvroQuestion[]): Promise<readonly AvroAnswer[]>
  close(): Promise<void>
}

/** The oracle. Errors: FatalError UNSUPPORTED without a JDK of version 17, Maven or the network. */
export async function avroOracle(): Promise<AvroOracle> {
  const program = await javaProgram({
    asks: "Avro's Java implementation",
    name: `avro-java-${avroVersion}`,
    artifacts: [
      { groupId: 'org.apache.avro', artifactId: 'avro', version: avroVersion },
      { groupId: 'org.slf4j', artifactId: 'slf4j-nop', version: '1.7.36' },
    ],
    sources: fileURLToPath(new URL('java', import.meta.url)),
  })
  return {
    async answer(questions) {
      const [asked, answered] = [join(program.folder, 'asked.json'), join(program.folder, 'answered.json')]
      await writeFile(asked, JSON.stringify(questions))
      await program.run('AvroOracle', [asked, answered])
      return JSON.parse(await readFile(answered, 'utf8'))
    },
    close: () => program.close(),
  }
}
