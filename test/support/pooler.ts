import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../ops/cluster/free-port.ts'
import { Frames } from '../lab/chaos/proxy/reply-loss.ts'
import { waitFor } from './wait-for.ts'

/** A pooler between a client and a database. */
export interface Pooler {
  /** The database's URL through the pooler. */
  readonly url: string
  /** Kills it and starts it anew. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The path of PgBouncer's program; undefined where it is not installed. */
export async function pgbouncerProgram(): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']) {
    const path = join(folder, 'pgbouncer')
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

/** Starts PgBouncer in transaction mode before the database, with few server connections. */
export async function startPgbouncer(program: string, database: string): Promise<Pooler> {
  const target = new URL(database)
  const port = await freePort(0)
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pgbouncer-'))
  const file = join(folder, 'pgbouncer.ini')
  const name = target.pathname.slice(1)
  const password = target.password ? ` password=${target.password}` : ''
  const ini = `[databases]
${name} = host=${target.hostname} port=${target.port} dbname=${name} user=${target.username}${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
`
  await writeFile(file, ini)
  // It refuses to run as root.
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString())
  const user = userInfo().uid === 0 ? { uid: id('-u'), gid: id('-g') } : {}
  if (user.uid !== undefined) for (const path of [folder, file]) await chown(path, user.uid, user.gid)
  const accepts = () =>
    new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      const end = (isUp: boolean) => {
        socket.destroy()
        resolve(isUp)
      }
      socket.once('connect', () => end(true)).once('error', () => end(false))
    })
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(program, ['-q', file], { stdio: 'ignore', cwd: folder, ...user })
    await waitFor(accepts, { what: 'PgBouncer does not listen', timeoutMs: 20_000 })
    return child
  }
  const kill = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  let child = await start()
  const url = new URL(database)
  url.port = String(port)
  return {
    url: url.href,
    async restart() {
      await kill()
      child = await start()
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Start-up parameters that a pooler in transaction mode lets through. Source: PgBouncer, `ignore_startup_parameters`. */
const known = [
  'user',
  'database',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
  'application_name',
]

/**
 * Stands in for a pooler where none is installed: it refuses start-up parameters, statements that are prepared under a name, and
 * settings of a session, and makes up process ids, as PgBouncer in transaction mode does. It does not move a client between server
 * sessions.
 *
 * Startup => length(INT32) version(INT32) (name(CSTRING) value(CSTRING))* 0; Parse 'P' => name(CSTRING) query(CSTRING) ...
 * BackendKeyData 'K' => length(INT32) pid(INT32) secret(INT32). Source: PostgreSQL, "Message Formats".
 */
export async function startStrictStandIn(database: string): Promise<Pooler & { readonly refused: readonly string[] }> {
  const target = new URL(database)
  const refused: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const far = connect({ host: target.hostname, port: Number(target.port), noDelay: true })
    for (const socket of [client, far]) sockets.add(socket.on('error', () => {}))
    const refuse = (why: string, code: string) => {
      refused.push(why)
      client.end(errorResponse(why, code))
      far.destroy()
    }
    let started = false
    const requests = new Frames(bytes => (started ? typed(bytes) : bytes.length < 4 ? undefined : bytes.readInt32BE(0)))
    const replies = new Frames(typed)
    client.on('data', chunk => {
      for (const frame of requests.push(chunk)) {
        if (!started) {
          started = true
          const names = frame
            .toString('latin1', 8)
            .split('\0')
            .filter((_, index) => index % 2 === 0)
          const strange = names.find(name => name !== '' && !known.includes(name.toLowerCase()))
          if (strange) return refuse(`unsupported startup parameter: ${strange}`, '08P01')
        } else if (frame[0] === 0x50 && frame[5] !== 0) return refuse('a statement was prepared under a name', '26000')
        far.write(frame)
      }
    })
    far.on('data', chunk => {
      for (const frame of replies.push(chunk)) {
        if (frame[0] === 0x4b) frame.writeInt32BE(0x7fff_0000, 5)
        client.write(frame)
      }
    })
    client.on('close', () => far.destroy())
    far.on('close', () => client.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(database)
  url.port = String((server.address() as AddressInfo).port)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    refused,
    async restart() {
      cut()
    },
    async stop() {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function typed(bytes: Buffer): number | undefined {
  return bytes.length < 5 ? undefined : 1 + bytes.readInt32BE(1)
}

function errorResponse(message: string, code: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
