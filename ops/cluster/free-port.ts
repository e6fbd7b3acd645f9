import { createServer, type Server } from 'node:net'

/** Free ports on 127.0.0.1, all different. They are all held until the last one is found, then released. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)))
  return release(servers)
}

/** The port when it is free, else any free one. */
export async function freePort(usual: number): Promise<number> {
  const server = await listen(usual).catch(() => listen(0))
  const [port] = await release([server])
  return port as number
}

async function release(servers: readonly Server[]): Promise<number[]> {
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

async function listen(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}
