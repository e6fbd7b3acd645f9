import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

/**
 * Servers listen below the ports that operating systems give to outgoing connections (from 32768 on Linux, from 49152
 * elsewhere). There a client's own connection could hold the port while its server restarts, or reach itself.
 */
const lowest = 15_000
const afterHighest = 32_000
/** Ports that this process has given out: a server that starts takes its port a while later, and no other may have it meanwhile. */
const given = new Set<number>()

/**
 * Free ports on 127.0.0.1, all different. They are all held until the last one is found, then released. The first is `usual`
 * where that is free.
 */
export async function freePorts(count: number, usual = 0): Promise<number[]> {
  const servers: Server[] = []
  if (usual !== 0) servers.push(await listen(usual).catch(listenSomewhere))
  while (servers.length < count) servers.push(await listenSomewhere())
  const ports = servers.map(server => (server.address() as { port: number }).port)
  for (const port of ports) given.add(port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

/** The port when it is free, else any free one. Of several that are free at once all are different. */
export async function freePort(usual: number): Promise<number> {
  const [port] = await freePorts(1, usual)
  return port as number
}

async function listenSomewhere(): Promise<Server> {
  for (let attempt = 0; ; attempt++) {
    const port = randomInt(lowest, afterHighest)
    if (given.has(port) && attempt < 1_000) continue
    try {
      return await listen(port)
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!taken || attempt >= 1_000) throw error
    }
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}
