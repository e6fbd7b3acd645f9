import closeWithGrace from 'close-with-grace'
import { Command } from 'commander'
import { type Gateway, type Outbox, type OutboxRelay, openGateway, openOutbox } from '../../gateway/index.ts'
import { tradingGateway } from '../../gateway/trading/extension.ts'
import { instruments, limits } from '../../processors/settings.ts'
import type { MarketPriceEvent } from '../../schemas/trading/generated/market-price.ts'
import { buildGraph, loadTopology, type RunningTopology, type TopologyGraph } from '../../topology/index.ts'
import { accessInUse, deploy, hostOption, type Parts, portNumber, relayOn, runOn, topologyHelp } from '../commands.ts'
import { startDemoParts } from './demo/demo-parts.ts'
import { Desk } from './demo/desk.ts'
import { type PortfolioView, readPortfolios } from './demo/portfolios.ts'
import { marketPriceOf, readPrices } from './demo/prices.ts'
import { progressBar } from './demo/progress.ts'
import { type DemoResults, readResults } from './demo/results.ts'
import { readSignalFile } from './demo/signal-file.ts'
import { signalsOf, strategiesOf, type TimedSignal } from './demo/strategy.ts'
import { printTables } from './demo/tables.ts'
import type { BadLine } from './json-lines.ts'

interface DemoFlags {
  readonly once?: boolean
  readonly json?: boolean
  readonly cluster?: boolean
  readonly signals?: string
  readonly prices: boolean
  readonly topology?: string
  readonly port: number
  readonly host?: string
}

/**
 * `demo`: the whole pipeline in one process, from real prices to portfolios. On the embedded parts (memory broker and
 * registry, a real Postgres) unless `--cluster` asks for real ones throughout.
 */
export function demoCommand(): Command {
  return new Command('demo')
    .option('--once', 'end when everything has settled, instead of serving the gateway')
    .option('--json', 'print one JSON object last, and nothing else on standard output')
    .option(
      '--cluster',
      'on a real Kafka, schema registry and Postgres: those of the environment, or started for the run',
    )
    .option('--signals <file>', "NDJSON file of signals in place of the strategies' own")
    .option('--no-prices', 'feed no market prices: orders fill near the reference prices of their signals')
    .option('--topology <file>', topologyHelp)
    .option('--port <n>', 'port of the gateway', portNumber, 8080)
    .addOption(hostOption())
    .action(demo)
}

async function demo(flags: DemoFlags): Promise<void> {
  const access = await accessInUse(flags.host)
  const say = flags.json ? (line: string) => console.error(line) : (line: string) => console.log(line)
  const input = flags.signals === undefined ? ownInput(flags.prices) : { ...readSignalFile(flags.signals), prices: [] }
  const { bad } = input
  for (const { line, reason } of bad) console.error(`${flags.signals}:${line}: ${reason}`)
  const graph = buildGraph(await loadTopology(flags.topology))
  const { parts, postgresUrl, stop } = await startDemoParts(flags.cluster === true, say)
  let app: RunningTopology | undefined
  let gateway: Gateway | undefined
  let outbox: Outbox | undefined
  let relay: OutboxRelay | undefined
  const end = async () => {
    await gateway?.close()
    await relay?.stop()
    await outbox?.close()
    await app?.stop()
    await stop()
  }
  try {
    await deploy(graph, parts)
    app = await runOn(graph, parts)
    const at = { databaseUrl: postgresUrl, clock: app.parts.clock, extension: tradingGateway }
    gateway = openGateway({ ...at, topology: graph.definition, access })
    outbox = openOutbox(at)
    relay = relayOn({ application: graph.definition.name, outbox, extension: tradingGateway }, app.parts)
    await Promise.race([feed(graph, app.parts, input), failure(app)])
    await applied(app)
    const results = await readResults(app.parts)
    const views = await readPortfolios(path => gateway!.app.request(path), [...limits.portfolios.keys()])
    if (bad.length > 0) say(`left out as no signals: ${bad.length} of the file's lines, named above`)
    if (!flags.json) say(printTables(results, views))
    else console.log(JSON.stringify(report(results, views, bad)))
    if (!flags.once) await serve(gateway, flags.port, say)
  } finally {
    await end()
  }
}

/** The records that the demo feeds, and the lines of a file that are none. */
interface DemoInput {
  readonly signals: readonly TimedSignal[]
  readonly prices: readonly MarketPriceEvent[]
  readonly bad: readonly BadLine[]
}

/** Moving-average strategies over real prices, one a portfolio of the limits file, in the market of these prices. */
function ownInput(market: boolean): DemoInput {
  const prices = readPrices()
  const signals = signalsOf(prices, strategiesOf([...limits.portfolios.keys()]))
  return { signals, prices: market ? prices.map(marketPriceOf) : [], bad: [] }
}

async function feed(graph: TopologyGraph, { broker, registry }: Parts, { signals, prices }: DemoInput): Promise<void> {
  const desk = await Desk.open(graph.definition.name, broker, registry)
  const progress = progressBar(signals.length)
  try {
    await desk.register(instruments, Math.min(0, ...signals.map(signal => signal.at)))
    await desk.run(signals, progress.update, prices)
  } finally {
    progress.end()
    await desk.close()
  }
}

async function failure(app: RunningTopology): Promise<never> {
  throw await app.failed
}

/** Waits until every task has processed, committed and applied everything. */
async function applied(app: RunningTopology): Promise<void> {
  const busy = () => app.status().some(task => task.lag !== 0 || task.unapplied > 0 || task.state !== 'running')
  for (let calm = 0; calm < 2; calm = busy() ? 0 : calm + 1) await app.parts.clock.sleep(50)
}

async function serve(gateway: Gateway, port: number, say: (line: string) => void): Promise<void> {
  const { url } = await gateway.serve(port)
  const [first] = limits.portfolios.keys()
  say(`\nserving ${url}   in a browser: portfolios as charts; the API at ${url}/docs   (Ctrl-C ends)`)
  say(`        ${url}/v1/portfolios/${first}`)
  await new Promise<void>(resolve => {
    closeWithGrace({ delay: 30_000, logger: false }, async () => resolve())
  })
}

function report(results: DemoResults, portfolios: readonly PortfolioView[], bad: readonly BadLine[]) {
  const { signals, decisions, fills, counts, digest } = results
  return { signals, decisions: decisions.total, outcomes: decisions, fills, counts, badLines: bad, digest, portfolios }
}
