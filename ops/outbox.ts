import closeWithGrace from 'close-with-grace'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Outbox } from '../store/outbox/outbox.ts'
import { usualKeepMs } from '../store/outbox/relay.ts'
import { connectParts } from '../topology/app/connections.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { type Duration, durationMs } from '../topology/definition/duration.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { exitCodeOf } from './command-line/exit-codes.ts'
import { topologyHelp } from './command-line/options.ts'
import { reporterOf } from './command-line/reporter.ts'
import { serversInUse } from './command-line/servers.ts'
import { outboxInUse, relayOn } from './outbox/outbox-in-use.ts'

/** `outbox`: the entries that wait to be published, and the relay that publishes them. */
export function outboxCommand(): Command {
  const command = new Command('outbox')
  command
    .command('status')
    .description('print what waits, and whether a relay leads')
    .option('--json', 'as one JSON object')
    .action(status)
  command
    .command('relay')
    .description('publish what the outbox holds until SIGTERM or Ctrl-C; beside another relay, stand by')
    .option('--topology <file>', topologyHelp)
    .option('--once', 'end when nothing waits')
    .addOption(keepOption())
    .action(relay)
  return command
}

/** The option for the time that published entries are kept, for commands with a relay. Gives ms. */
export function keepOption(): Option {
  return new Option('--keep <duration>', 'how long published entries stay in the outbox')
    .default(usualKeepMs, '7d')
    .argParser(text => {
      try {
        return durationMs(text as Duration)
      } catch {
        throw new InvalidArgumentError("write a duration such as '7d' or '12h'")
      }
    })
}

async function status({ json }: { readonly json?: boolean }): Promise<void> {
  const { outbox } = await outboxInUse()
  try {
    const found = await outbox.status()
    if (json) return console.log(JSON.stringify(found))
    const oldest = found.oldestPendingMs === null ? '' : `, the oldest for ${found.oldestPendingMs} ms`
    console.log(`${found.pending} pending${oldest}   ${found.published} published`)
    console.log(
      found.led ? `a relay leads (epoch ${found.epoch})` : "no relay leads: start one with 'millrace outbox relay'",
    )
  } finally {
    await outbox.close()
  }
}

interface RelayFlags {
  readonly topology?: string
  readonly once?: boolean
  /** Units: ms. */
  readonly keep: number
}

async function relay({ topology, once, keep: keepMs }: RelayFlags): Promise<void> {
  const { kafka, registry } = await serversInUse('outbox relay', ['kafka', 'registry', 'postgres'])
  const { name: application } = await loadTopology(topology)
  const inUse = await outboxInUse()
  const { outbox } = inUse
  const parts = await connectParts({ kafka, registry, clientId: `${application}-outbox-relay` })
  const report = reporterOf('relay')
  const running = relayOn({ ...inUse, application }, parts, { keepMs, report })
  console.log(`outbox relay   ${parts.where}`)
  const stopped = new AbortController()
  const grace = closeWithGrace({ delay: 30_000, logger: false }, async () => stopped.abort())
  try {
    const error = await Promise.race([running.failed, once ? drained(outbox) : aborted(stopped.signal)])
    if (error !== undefined) {
      report(error)
      process.exitCode = exitCodeOf(error)
    }
  } finally {
    await running.stop()
    await parts.close()
    await outbox.close()
    grace.uninstall()
  }
}

async function drained(outbox: Outbox): Promise<undefined> {
  while ((await outbox.status()).pending > 0) await systemClock.sleep(50)
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}
