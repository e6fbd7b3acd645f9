import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { FatalError } from '../../../topology/definition/errors.ts'
import { startPipeline } from '../../gateway/trading/support/pipeline.ts'
import { msft, post, signal } from '../../gateway/trading/support/pipeline-requests.ts'

/** The load on a gateway. */
export interface GatewayWorkload {
  /** Signals that are decided before it begins, in six portfolios and five instruments. */
  readonly signals: number
  readonly pairs: number
  /** Length of one run. Units: s. */
  readonly seconds: number
  /** Requests under way at one time, each on a connection of its own. */
  readonly connections: number
}

/** One run of one path on one of the two servers. */
export interface GatewayRun {
  readonly server: 'gateway' | 'bare'
  readonly path: string
  readonly requestsPerSecond: number
  /** User and system time of the server's process. Units: microseconds. */
  readonly cpuMicroseconds: number
  /** Units: ms. */
  readonly p50: number
  /** Units: ms. */
  readonly p99: number
}

/** The paths of the gateway that are asked, and of the bare server for comparison. */
const paths = {
  gateway: [
    '/v1/portfolios/alpha-01',
    '/v1/portfolios/alpha-01/positions',
    '/v1/stores/positions/alpha-01/XNAS%3AMSFT',
  ],
  bare: ['/v1/portfolios/alpha-01'],
} as const

/**
 * Asks a gateway, and in turn a bare Hono with one query, for the same portfolio over and over.
 *
 * Errors: FatalError when a server does not start, or an answer is not 200.
 */
export async function gatewayBench(
  databaseUrl: string,
  { signals, pairs, seconds, connections }: GatewayWorkload,
  onRun: (run: GatewayRun) => void = () => {},
): Promise<readonly GatewayRun[]> {
  await trade(databaseUrl, signals)
  const runs: GatewayRun[] = []
  const servers = { gateway: await startServer('gateway', databaseUrl), bare: await startServer('bare', databaseUrl) }
  try {
    for (let pair = 0; pair < pairs; pair++)
      for (const server of ['gateway', 'bare'] as const)
        for (const path of paths[server]) {
          const run = { server, path, ...(await load(servers[server], path, seconds, connections)) }
          runs.push(run)
          onRun(run)
        }
    return runs
  } finally {
    for (const { child } of Object.values(servers)) await ended(child)
  }
}

const instruments = ['MSFT', 'AAPL', 'IBM', 'AMZN', 'GOOG']

/** Lets the pipeline decide the signals, on a broker in memory, and waits until the last one is in the books. */
async function trade(databaseUrl: string, signals: number): Promise<void> {
  const pipeline = await startPipeline(databaseUrl)
  const { gateway } = pipeline
  const settled = async (path: string) => {
    const response = await gateway.app.request(path)
    if (!response.ok) throw new FatalError('INTERNAL', `${path} was answered ${response.status}`)
  }
  try {
    for (const instrumentId of instruments) {
      await post(gateway, '/v1/instruments', { ...msft, instrumentId })
      await settled(`/v1/instruments/XNAS/${instrumentId}?minVersion=1&waitMs=10000`)
    }
    for (let index = 0; index < signals; index++) {
      const instrumentId = instruments[index % instruments.length]
      const side = index % 4 > 1 ? 'SELL' : 'BUY'
      await post(gateway, '/v1/signals', signal(`k${index}`, { portfolioId: portfolioOf(index), instrumentId, side }))
    }
    for (let index = Math.max(0, signals - 6); index < signals; index++)
      await settled(`/v1/portfolios/${portfolioOf(index)}?including=k${index}&waitMs=10000`)
  } finally {
    await pipeline.close()
  }
}

function portfolioOf(index: number): string {
  return `alpha-0${1 + (index % 6)}`
}

interface Server {
  readonly child: ChildProcess
  readonly url: string
}

async function startServer(kind: string, databaseUrl: string): Promise<Server> {
  const file = fileURLToPath(new URL('gateway-process.ts', import.meta.url))
  const child = fork(file, [kind, databaseUrl], {
    execArgv: process.execArgv,
  })
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [{ readonly url?: string }]
  if (message?.url === undefined) throw new FatalError('INTERNAL', `the ${kind} of the bench ended before it listened`)
  return { child, url: message.url }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.disconnect()
  await exit
}

async function load({ child, url }: Server, path: string, seconds: number, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  await ask(`${url}${path}`, agent)
  const before = await cpuOf(child)
  const began = performance.now()
  const until = began + seconds * 1_000
  const times: number[] = []
  const client = async () => {
    while (performance.now() < until) {
      const at = performance.now()
      await ask(`${url}${path}`, agent)
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  const took = (performance.now() - began) / 1_000
  const after = await cpuOf(child)
  agent.destroy()
  times.sort((a, b) => a - b)
  return {
    requestsPerSecond: Math.round(times.length / took),
    cpuMicroseconds: Math.round((after - before) / times.length),
    p50: Math.round(times[Math.floor(times.length / 2)]! * 10) / 10,
    p99: Math.round(times[Math.floor(times.length * 0.99)]! * 10) / 10,
  }
}

/** Units: microseconds. */
async function cpuOf(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message')
  child.send('cpu')
  const [{ cpu }] = (await answer) as [{ readonly cpu: NodeJS.CpuUsage }]
  return cpu.user + cpu.system
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, response => {
      response.resume()
      response.once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new FatalError('INTERNAL', `${url} was answered ${response.statusCode}`))
      })
    }).once('error', reject)
  })
}
