import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FatalError, messageOf } from '../../topology/definition/errors.ts'
import { packageRoot } from '../command-line/package-root.ts'
import type { ClusterServer, ServerName } from './cluster-server.ts'
import { confluentPath } from './registry-native.ts'

const run = promisify(execFile)

/** The addresses at which compose.yaml publishes its services. A test compares the two. */
export const composeUrls: Readonly<Record<ServerName, string>> = {
  kafka: '127.0.0.1:9092',
  registry: `http://127.0.0.1:8081${confluentPath}`,
  postgres: 'postgres://millrace:millrace@127.0.0.1:5432/millrace',
}

/** Starts a service of compose.yaml and waits until it is healthy. It outlives this process. Errors: FatalError UNSUPPORTED. */
export async function composeUp(name: ServerName): Promise<ClusterServer> {
  await compose(['up', '--detach', '--wait', name])
  return { name, origin: 'docker', url: composeUrls[name], stop: () => composeDown(name) }
}

/** Removes a service's container and its data. */
export async function composeDown(name: ServerName): Promise<void> {
  await compose(['rm', '--stop', '--force', '--volumes', name])
}

async function compose(args: readonly string[]): Promise<void> {
  const file = join(packageRoot(), 'compose.yaml')
  await run('docker', ['compose', '--file', file, '--project-name', 'millrace', ...args]).catch(cause => {
    const reason = messageOf(cause).trim().split('\n').at(-1)
    throw new FatalError('UNSUPPORTED', `docker compose ${args.join(' ')} failed (${reason}), in ${file}`, { cause })
  })
}
