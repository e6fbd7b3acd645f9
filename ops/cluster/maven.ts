import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../../topology/app/environment.ts'
import { FatalError, messageOf } from '../../topology/definition/errors.ts'

const run = promisify(execFile)

/** Maven coordinates. Shape: `{ groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: '4.1.0' }`. */
export interface Artifact {
  readonly groupId: string
  readonly artifactId: string
  readonly version: string
}

/**
 * A folder with the jars of the artifacts and of all they depend on. Fetched once, then kept in the cache.
 *
 * Errors: FatalError UNSUPPORTED without Maven or the network.
 */
export function jarsOf(name: string, artifacts: readonly Artifact[]): Promise<string> {
  return cached(name, async folder => {
    await writeFile(join(folder, 'pom.xml'), pom(artifacts))
    await maven(name, folder, ['dependency:copy-dependencies', '-DoutputDirectory=jars'])
  })
}

/** A folder with the files of an artifact that is an archive. Fetched once, then kept in the cache. Errors: as `jarsOf`. */
export function archiveOf(name: string, artifact: Artifact, packaging: string, classifier: string): Promise<string> {
  const { groupId, artifactId, version } = artifact
  const coordinates = [groupId, artifactId, version, packaging, classifier].join(':')
  return cached(name, folder =>
    maven(name, folder, ['dependency:unpack', `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`]),
  )
}

/** Java's path. Errors: FatalError UNSUPPORTED when there is none, or one before 17. */
export async function java(part: string): Promise<string> {
  const answer = await run('java', ['-version']).catch(() => undefined)
  const version = /version "(\d+)/.exec(answer?.stderr ?? '')?.[1]
  if (version === undefined)
    throw missing(part, 'Java is not on the path', 'install a Java runtime of version 17 or newer')
  if (Number(version) < 17) throw missing(part, `Java is of version ${version}`, 'install version 17 or newer')
  return 'java'
}

/** Two processes may fetch at once: each fills a folder of its own, and the first to rename wins. */
async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const root = cacheFolder()
  const target = join(root, name)
  if (await exists(target)) return target
  await mkdir(root, { recursive: true })
  const fresh = await mkdtemp(join(root, `${name}.part-`))
  try {
    await fill(fresh)
    await rename(fresh, target)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!(await exists(target))) throw error
  }
  return target
}

async function maven(part: string, folder: string, args: readonly string[]): Promise<void> {
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 }
  await run('mvn', ['-B', '-q', '-ntp', ...args], options).catch(
    (error: Error & { code?: unknown; stdout?: string }) => {
      if (error.code === 'ENOENT') throw missing(part, 'Maven is not on the path', 'install Maven (mvn) and Java 17')
      const reason = /\[ERROR\] (.*)/.exec(error.stdout ?? '')?.[1] ?? messageOf(error).split('\n')[0]
      throw missing(part, `Maven could not fetch it (${reason})`, 'give Maven a way to its repository')
    },
  )
}

function missing(part: string, what: string, remedy: string): FatalError {
  return new FatalError(
    'UNSUPPORTED',
    `${what}, needed for ${part}: ${remedy}, or name a running server in the environment`,
  )
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function pom(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(
    a => `    <dependency>
      <groupId>${a.groupId}</groupId><artifactId>${a.artifactId}</artifactId><version>${a.version}</version>
    </dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace</groupId><artifactId>parts</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`
}
