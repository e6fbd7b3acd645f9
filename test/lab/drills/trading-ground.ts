import * as assert from 'uvu/assert'
import type { ClusterServer } from '../../../ops/cluster/cluster-server.ts'
import { Desk } from '../../../ops/trading/demo/desk.ts'
import { instruments, limits } from '../../../processors/settings.ts'
import trading from '../../../processors/trading.ts'
import { connectParts, type Parts } from '../../../topology/app/connections.ts'
import { deploy } from '../../../topology/app/deploy.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { Runbook } from '../../support/runbook.ts'
import { WorkerProcess } from '../../support/worker-process.ts'
import { waitForRest } from '../audit/rest.ts'
import { signalMix } from '../chaos/signal-mix.ts'
import { problemsOf } from './ground-audit.ts'

/** The day of the runbooks' windows. */
const day = Date.UTC(2026, 0, 5, 9)

/** Follows a runbook's commands on the pipeline, as an operator who has that trouble would. */
export type TradingDrill = (runbook: Runbook, ground: TradingGround) => Promise<void>

/** A drill that brings servers of its own. Returns the runbook that it has followed. */
export type Drill = (runbook: string) => Promise<Runbook>

/** Servers that a drill may break. Shape of the addresses: as `ClusterServer.url`. */
export interface GroundServers {
  readonly kafka: string
  readonly registry: string
  readonly postgres: string
  readonly parts: { readonly kafka: Pick<ClusterServer, 'folder'>; readonly postgres: Pick<ClusterServer, 'faults'> }
}

/** The trading pipeline at work: what the drills of its runbooks are held on. */
export interface TradingGround {
  readonly servers: GroundServers
  readonly env: Readonly<Record<string, string>>
  readonly outside: Parts
  /** All processors in one process; a drill may end it, and puts another in its place. */
  worker: WorkerProcess
  readonly gateway: WorkerProcess
  startWorker(args?: readonly string[], more?: Readonly<Record<string, string>>): Promise<WorkerProcess>
  /** Sends signals of the runbooks' day. */
  send(signals: number): Promise<void>
  /** Sends signals, and waits until they are decided and traded. */
  trade(signals: number): Promise<void>
  rest(): Promise<void>
  /** Lets the pipeline come to rest, and looks at it from outside. Errors: when the auditors find a problem. */
  audit(): Promise<void>
  /** Holds a drill by a runbook. Returns the runbook that was followed. */
  hold(name: string, drill: TradingDrill): Promise<Runbook>
  close(): Promise<void>
}

/** Deploys the trading pipeline on servers, starts a worker and a gateway with a relay, and lets it trade. */
export async function tradingGround(servers: GroundServers): Promise<TradingGround> {
  const env = {
    KAFKA_BROKERS: servers.kafka,
    SCHEMA_REGISTRY_URL: servers.registry,
    DATABASE_URL: servers.postgres,
    MILLRACE_SESSION_TIMEOUT_MS: '6000',
  }
  const graph = buildGraph(trading)
  const outside = await connectParts({ kafka: servers.kafka, registry: servers.registry })
  await deploy(graph, outside)
  const started: WorkerProcess[] = []
  const start = async (command: WorkerProcess['command'], args: readonly string[], more = {}) => {
    const process = await WorkerProcess.start({ command, args, env: { ...env, ...more } })
    started.push(process)
    return process
  }
  const startWorker = async (args: readonly string[] = [], more = {}) => {
    const worker = await start('worker', args, more)
    await worker.ready()
    return worker
  }
  const [worker, gateway] = await Promise.all([startWorker(), start('gateway', ['--relay'])])
  await gateway.ready()
  const desk = await Desk.open(graph.definition.name, outside.broker, outside.registry)
  await desk.register(instruments, 0)
  let seed = 0
  const rest = async () => {
    assert.ok(await waitForRest(graph, outside.broker, systemClock, 120_000), 'the pipeline did not come to rest')
  }
  const send = async (signals: number) => {
    seed++
    const portfolioIds = [...limits.portfolios.keys()].slice(0, 20)
    const from = day + seed * 600_000
    await desk.send(signalMix({ seed, signals, portfolioIds, instruments, duplicates: 0.1, from }))
  }
  const ground: TradingGround = {
    servers,
    env,
    outside,
    worker,
    gateway,
    startWorker,
    send,
    async trade(signals) {
      await send(signals)
      await rest()
    },
    rest,
    async audit() {
      await rest()
      assert.equal(await problemsOf(graph, ground), [])
    },
    async hold(name, drill) {
      const runbook = new Runbook(name, env)
      try {
        await drill(runbook, ground)
      } finally {
        await runbook.close()
      }
      return runbook
    },
    async close() {
      await Promise.all(started.map(process => process.end('SIGKILL')))
      await desk.close()
      await outside.close()
    },
  }
  await ground.trade(100)
  return ground
}
