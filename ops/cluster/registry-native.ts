import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterServer, ServerFaults, StartOptions } from './cluster-server.ts'
import { openDataFolder } from './data-folder.ts'
import { freePorts } from './free-port.ts'
import { archiveOf, java } from './maven.ts'
import { startServer } from './server-process.ts'

export const registryVersion = '3.0.9'

/** The path under which Apicurio offers the protocol of Confluent's schema registry. */
export const confluentPath = '/apis/ccompat/v7'

/**
 * Apicurio Registry on a free port of 127.0.0.1, schemas in a file of its own, so that they outlive a restart.
 *
 * Errors: FatalError UNSUPPORTED without Java 17, Maven or the network, or when it does not come up.
 */
export async function startRegistryNative(options: StartOptions = {}): Promise<ClusterServer> {
  const command = await java('the schema registry')
  const artifact = { groupId: 'io.apicurio', artifactId: 'apicurio-registry-app', version: registryVersion }
  const home = await archiveOf(`apicurio-registry-${registryVersion}`, artifact, 'tar.gz', 'all')
  const folder = await openDataFolder('registry', options)
  const [port, management] = (await freePorts(2, options.usualPort ? 8081 : 0)) as [number, number]
  const url = `http://127.0.0.1:${port}${confluentPath}`
  const server = await startServer({
    name: 'Apicurio Registry',
    command,
    args: [
      ...['-Xmx384m', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-XX:TieredStopAtLevel=1'],
      ...[`-Dquarkus.http.host=127.0.0.1`, `-Dquarkus.http.port=${port}`],
      ...[`-Dquarkus.management.host=127.0.0.1`, `-Dquarkus.management.port=${management}`],
      `-Dapicurio.datasource.url=jdbc:h2:file:${join(folder.path, 'schemas')};WRITE_DELAY=0`,
      ...['-jar', join(home, `apicurio-registry-app-${registryVersion}-runner.jar`)],
    ],
    cwd: folder.path,
    logFile: join(folder.path, 'registry.log'),
    ready: () => answers(`${url}/subjects`),
    detached: options.detached ?? false,
  })
  const faults: ServerFaults = {
    kill: server.kill,
    shutdown: server.shutdown,
    restart: async () => {
      await server.shutdown()
      await server.start()
    },
    wipe: async () => {
      await server.kill()
      const files = await readdir(folder.path)
      await Promise.all(files.filter(file => file.startsWith('schemas')).map(file => rm(join(folder.path, file))))
      await server.start()
    },
  }
  return {
    name: 'registry',
    origin: 'native',
    url,
    folder: folder.path,
    get pid() {
      return server.pid
    },
    stop: async () => {
      await server.kill()
      await folder.remove()
    },
    faults,
  }
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    response => response.ok,
    () => false,
  )
}
