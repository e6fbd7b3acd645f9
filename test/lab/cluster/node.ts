import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type ServerProcess, startServer } from '../../../ops/cluster/server-process.ts'

const run = promisify(execFile)
/** Every log is longer. Units: bytes. */
const fullDiskBytes = 1_024
/** A broker that is written to must have noticed within this. Units: ms. */
const fullDiskLimitMs = 60_000

/** The parts that all nodes of a cluster share. */
export interface ClusterBase {
  readonly java: string
  readonly classpath: string
  readonly folder: string
  readonly clusterId: string
}

/** A broker or controller in a process of its own, that can be broken. */
export interface Node {
  readonly id: number
  /** The folder of its log. */
  readonly data: string
  readonly logFile: string
  readonly isRunning: boolean
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, after which a broker hands over its partitions; resolves when it is gone. */
  shutdown(): Promise<void>
  /** Starts it again on the same ports with the same data; resolves when it is up. Does nothing while it runs. */
  start(): Promise<void>
  /** SIGSTOP: connections stay, nothing is answered. */
  freeze(): void
  /** SIGCONT. */
  thaw(): void
  /** Its disk is full: no file can grow any more. It ends by itself then; resolves when it is gone. Linux only. Errors: when it does not notice. */
  fillDisk(): Promise<void>
}

const heap = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
const logging = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=info',
]
/** Machines that do other work too. Units: ms. */
const startLimitMs = 180_000

/** Writes the node's settings and storage, and starts it. */
export async function startNode(
  base: ClusterBase,
  id: number,
  settings: Readonly<Record<string, string | number>>,
): Promise<Node> {
  const home = join(base.folder, `node-${id}`)
  const data = join(home, 'data')
  await mkdir(data, { recursive: true })
  const properties = join(home, 'server.properties')
  const all = { 'node.id': id, 'log.dirs': data, ...settings }
  await writeFile(
    properties,
    Object.entries(all).map(([key, value]) => `${key}=${value}\n`),
  )
  // As `kafka-storage format` writes it; the tool takes a JVM and seconds for each node. Source: MetaProperties, version 1.
  const storage = { version: 1, 'cluster.id': base.clusterId, 'node.id': id, 'directory.id': uuid() }
  await writeFile(
    join(data, 'meta.properties'),
    Object.entries(storage).map(([key, value]) => `${key}=${value}\n`),
  )
  const logFile = join(home, 'kafka.log')
  const server: ServerProcess = await startServer({
    name: `Kafka node ${id}`,
    command: base.java,
    args: [...heap, ...logging, '-cp', base.classpath, 'kafka.Kafka', properties],
    cwd: home,
    logFile,
    ready: log => log.includes('Kafka Server started'),
    timeoutMs: startLimitMs,
  })
  return {
    id,
    data,
    logFile,
    get isRunning() {
      return server.running
    },
    kill: server.kill,
    // A frozen process would not hear of it.
    shutdown: async () => {
      if (server.running) process.kill(server.pid, 'SIGCONT')
      await server.shutdown()
    },
    start: async () => {
      if (!server.running) await server.start()
    },
    freeze: () => process.kill(server.pid, 'SIGSTOP'),
    fillDisk: async () => {
      // The limit of a file's size, which needs no rights: writes fail as on a full disk, and Kafka gives up the disk.
      await run('prlimit', ['--pid', String(server.pid), `--fsize=${fullDiskBytes}:`])
      for (const end = Date.now() + fullDiskLimitMs; server.running; await sleep(100))
        if (Date.now() > end) throw new Error(`Kafka node ${id} goes on with a full disk: see ${logFile}`)
    },
    thaw: () => {
      if (server.running) process.kill(server.pid, 'SIGCONT')
    },
  }
}

/** Kafka's form of a UUID: 16 bytes as URL-safe base64. It must not begin with a dash. */
export function uuid(): string {
  for (;;) {
    const text = randomBytes(16).toString('base64url')
    if (!text.startsWith('-')) return text
  }
}
