import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { type Artifact, jarsOf, java } from '../../../ops/cluster/maven.ts'
import { FatalError, messageOf } from '../../../topology/definition/errors.ts'

const run = promisify(execFile)

/** For a program that runs for seconds beside others. */
const shortLived = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** A Java program that answers questions put into files. */
export interface JavaProgram {
  /** Its own folder for files, removed by `close`. */
  readonly folder: string
  /** `settings` are those of the virtual machine; unset: for a short run. Errors: Error with `stderr` when the program fails. */
  run(mainClass: string, args: readonly string[], settings?: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** The sources of a program. */
export interface JavaSources {
  /** Shape: `"Kafka Streams' test driver"`; for messages. */
  readonly asks: string
  /** The name of the jars in the cache. */
  readonly name: string
  readonly artifacts: readonly Artifact[]
  /** The folder of the sources. */
  readonly sources: string
}

/**
 * Fetches the libraries through Maven and compiles the sources with `javac`.
 *
 * Errors: FatalError UNSUPPORTED without a JDK of version 17, Maven or the network.
 */
export async function javaProgram({ asks, name, artifacts, sources }: JavaSources): Promise<JavaProgram> {
  const command = await java(asks)
  const libraries = join(await jarsOf(name, artifacts), 'jars', '*')
  const folder = await mkdtemp(join(tmpdir(), 'millrace-vectors-'))
  const close = () => rm(folder, { recursive: true, force: true })
  const files = (await readdir(sources)).map(file => join(sources, file))
  await run('javac', ['-d', folder, '-cp', libraries, ...files]).catch(async error => {
    await close()
    throw new FatalError(
      'UNSUPPORTED',
      `the program that asks ${asks} cannot be compiled (${messageOf(error)}): install a JDK of version 17 or newer`,
    )
  })
  return {
    folder,
    async run(mainClass, args, settings = shortLived) {
      await run(command, [...settings, '-cp', [folder, libraries].join(delimiter), mainClass, ...args])
    },
    close,
  }
}
