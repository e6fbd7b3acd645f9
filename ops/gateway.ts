import { Command, InvalidArgumentError } from 'commander'
import { type GatewayExtension, openGateway, openOutbox } from '../gateway/index.ts'
import { connectParts } from '../topology/app/connections.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { RetriableError } from '../topology/definition/errors.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { accessInUse, hostOption } from './command-line/access.ts'
import { openDatabase } from './command-line/database.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { portNumber, topologyHelp } from './command-line/options.ts'
import { reporterOf } from './command-line/reporter.ts'
import { runningOn, untilEnded } from './command-line/running-on.ts'
import { type Servers, serversInUse } from './command-line/servers.ts'
import { openConsole } from './console/console.ts'
import { consoleSource } from './console/source.ts'
import { lettersOnDemand } from './gateway/letters-on-demand.ts'
import { projectExtension, relayOn } from './outbox/outbox-in-use.ts'
import { keepOption } from './outbox.ts'

interface GatewayFlags extends JsonFlag {
  readonly port: number
  readonly host?: string
  readonly topology?: string
  readonly relay?: boolean
  /** Units: ms. */
  readonly keep: number
  /** Units: ms. */
  readonly linger: number
}

/** `gateway`: serves a topology's stores over HTTP, with a relay for what is posted where asked for. */
export function gatewayCommand(): Command {
  return new Command('gateway')
    .option('--port <n>', 'port', portNumber, 8080)
    .addOption(hostOption())
    .option('--topology <file>', topologyHelp)
    .option('--relay', 'publish what is posted, too; other relays stand by')
    .addOption(keepOption())
    .option(
      '--linger <ms>',
      'when it is told to end, answer 503 at /readyz for so long before the port closes',
      lingerTime,
      500,
    )
    .addOption(jsonOption())
    .action(runningOn('gateway', serveGateway))
}

/** Errors: InvalidArgumentError. */
function lingerTime(text: string): number {
  const ms = Number(text)
  if (!Number.isInteger(ms) || ms < 0 || ms > 60_000)
    throw new InvalidArgumentError('give milliseconds from 0 to 60000')
  return ms
}

async function serveGateway({ port, host, topology: file, relay, keep, linger, json }: GatewayFlags): Promise<void> {
  const access = await accessInUse(host)
  const known = await serversInUse('gateway', ['postgres'])
  const { postgres, schema = 'public' } = known
  const servers = relay ? await serversInUse('gateway --relay', ['kafka', 'registry']) : undefined
  const topology = await loadTopology(file)
  const report = reporterOf('gateway')
  await greetDatabase(postgres, report)
  const at = { databaseUrl: postgres, schema, clock: systemClock, extension: await projectExtension() }
  const letters = lettersOnDemand(topology, known)
  const source = consoleSource({ graph: buildGraph(topology), schema, servers: known, clock: systemClock })
  const shown = openConsole({ source, clock: systemClock, report })
  const gateway = openGateway({
    ...at,
    topology,
    report,
    access,
    letters: letters?.find,
    console: shown,
    lingerMs: linger,
  })
  const relaying = servers && (await startRelaying(topology.name, at, servers, keep))
  const { url } = await gateway.serve(port)
  if (json) printJson({ up: 'gateway', url, relay: relay === true })
  else console.log(`gateway   ${url}   ${url}/docs   ${url}/console`)
  const { ended } = untilEnded('gateway', 10_000 + linger, async () => {
    await shown.close()
    await gateway.close()
    await letters?.close()
    await relaying?.()
  })
  await ended
}

/** Reports at the start what every request would meet. Errors: TopologyError when the URL itself is refused; an outage may end. */
async function greetDatabase(url: string, report: (error: unknown) => void): Promise<void> {
  try {
    await (await openDatabase(url)).end()
  } catch (error) {
    if (!(error instanceof RetriableError)) throw error
    const { code, message } = error
    report(new RetriableError(code, `${message}; until then requests are answered 503`, { cause: error }))
  }
}

async function startRelaying(
  application: string,
  at: Parameters<typeof openOutbox>[0] & { readonly extension: GatewayExtension | undefined },
  servers: Pick<Servers<'kafka' | 'registry'>, 'kafka' | 'registry'>,
  keepMs: number,
) {
  const outbox = openOutbox(at)
  const parts = await connectParts({ ...servers, clientId: `${application}-outbox-relay` })
  const report = reporterOf('relay')
  const stopping = new AbortController()
  let relay = relayOn({ application, outbox, extension: at.extension }, parts, { keepMs, report })
  // What ended it may be put right while the gateway runs: a topic that is made, a password that is given back.
  const supervised = (async () => {
    for (;;) {
      const error = await Promise.race([relay.failed, untilAborted(stopping.signal)])
      if (stopping.signal.aborted) return
      report(error)
      await systemClock.sleep(relayRestMs, stopping.signal)
      if (!stopping.signal.aborted)
        relay = relayOn({ application, outbox, extension: at.extension }, parts, { keepMs, report })
    }
  })()
  return async () => {
    stopping.abort()
    await supervised
    await relay.stop()
    await parts.close()
    await outbox.close()
  }
}

/** The pause before a relay that has ended is started again. Units: ms. */
const relayRestMs = 5_000

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}
