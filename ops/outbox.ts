import { Command, InvalidArgumentError, Option } from 'commander'
import { type EntryState, entryStates, type Outbox } from '../store/outbox/outbox.ts'
import { usualKeepMs } from '../store/outbox/relay.ts'
import { connectParts } from '../topology/app/connections.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { type Duration, durationMs } from '../topology/definition/duration.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { reporterOf } from './command-line/reporter.ts'
import { runningOn, untilEnded } from './command-line/running-on.ts'
import { serversInUse } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { outboxInUse, relayOn } from './outbox/outbox-in-use.ts'

/** `outbox`: the entries that wait to be published, those that cannot be, and the relay that publishes them. */
export function outboxCommand(): Command {
  const command = new Command('outbox')
  command
    .command('status')
    .description('print what waits, and whether a relay leads')
    .addOption(jsonOption())
    .action(status)
  command
    .command('list')
    .description('print the oldest entries, of one state')
    .addOption(new Option('--state <state>', 'in this state').choices([...entryStates, 'all']).default('stuck'))
    .option('--limit <n>', 'at most so many', Number, 50)
    .addOption(jsonOption())
    .action(list)
  command
    .command('show')
    .argument('<event-id>')
    .description('print one entry, and why it cannot be published')
    .addOption(jsonOption())
    .action(show)
  command
    .command('retry')
    .argument('<event-id>')
    .description('let a stuck entry be tried again by the relay')
    .addOption(jsonOption())
    .action((eventId: string, flags: JsonFlag) => settle(eventId, 'retried', flags))
  command
    .command('skip')
    .argument('<event-id>')
    .description('give a stuck entry up: it is never published, and later ones of its key go out')
    .addOption(jsonOption())
    .action((eventId: string, flags: JsonFlag) => settle(eventId, 'skipped', flags))
  command
    .command('relay')
    .description('publish what the outbox holds until SIGTERM or Ctrl-C; beside another relay, stand by')
    .option('--topology <file>', topologyHelp)
    .option('--once', 'end when nothing waits')
    .addOption(keepOption())
    .addOption(jsonOption())
    .action(runningOn('relay', relay))
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

async function status({ json }: JsonFlag): Promise<void> {
  const { outbox } = await outboxInUse()
  try {
    const found = await outbox.status()
    if (json) return console.log(JSON.stringify(found))
    const oldest = found.oldestPendingMs === null ? '' : `, the oldest for ${found.oldestPendingMs} ms`
    const stuck = found.stuck === 0 ? '' : `, ${found.stuck} stuck (see 'millrace outbox list')`
    console.log(`${found.pending} pending${oldest}${stuck}   ${found.published} published`)
    console.log(
      found.led ? `a relay leads (epoch ${found.epoch})` : "no relay leads: start one with 'millrace outbox relay'",
    )
  } finally {
    await outbox.close()
  }
}

async function list({
  state,
  limit,
  json,
}: JsonFlag & { readonly state: EntryState | 'all'; readonly limit: number }): Promise<void> {
  const { outbox } = await outboxInUse()
  try {
    const entries = await outbox.list({ limit, ...(state !== 'all' && { state }) })
    if (json) return console.log(JSON.stringify({ entries }))
    if (entries.length === 0) return console.log(state === 'all' ? 'no entries' : `no ${state} entries`)
    const rows = entries.map(one => [
      one.eventId,
      one.state,
      one.topic,
      one.key,
      timeText(one.postedAt),
      one.failure ?? '',
    ])
    console.log(bareTable(['EVENT', 'STATE', 'TOPIC', 'KEY', 'POSTED', 'FAILURE'], rows))
  } finally {
    await outbox.close()
  }
}

async function show(eventId: string, { json }: JsonFlag): Promise<void> {
  const { outbox } = await outboxInUse()
  try {
    const [entry] = await outbox.list({ eventId, limit: 1 })
    if (entry === undefined) throw noEntry(eventId, '')
    if (json) return console.log(JSON.stringify(entry))
    const { topic, key, state, postedAt, publishedAt, failure } = entry
    console.log(`${eventId}  ${state}  for ${topic}, key ${key}`)
    console.log(`  posted     ${timeText(postedAt)}`)
    if (publishedAt !== null) console.log(`  published  ${timeText(publishedAt)}`)
    if (failure !== null) console.log(`  failure    ${failure}`)
  } finally {
    await outbox.close()
  }
}

async function settle(eventId: string, as: 'retried' | 'skipped', { json }: JsonFlag): Promise<void> {
  const { outbox } = await outboxInUse()
  try {
    const done = await (as === 'retried' ? outbox.retry(eventId) : outbox.skip(eventId))
    if (!done) throw noEntry(eventId, 'stuck ')
    console.log(json ? JSON.stringify({ eventId, state: as }) : `${eventId} is ${as}`)
  } finally {
    await outbox.close()
  }
}

function noEntry(eventId: string, kind: string): TopologyError {
  return new TopologyError(
    'CONFIG_INVALID',
    `the outbox has no ${kind}entry of event '${eventId}': see 'millrace outbox list --state=all'`,
  )
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

interface RelayFlags extends JsonFlag {
  readonly topology?: string
  readonly once?: boolean
  /** Units: ms. */
  readonly keep: number
}

async function relay({ topology, once, keep: keepMs, json }: RelayFlags): Promise<void> {
  const { kafka, registry } = await serversInUse('outbox relay', ['kafka', 'registry', 'postgres'])
  const { name: application } = await loadTopology(topology)
  const inUse = await outboxInUse()
  const { outbox } = inUse
  const parts = await connectParts({ kafka, registry, clientId: `${application}-outbox-relay` })
  const report = reporterOf('relay')
  const running = relayOn({ ...inUse, application }, parts, { keepMs, report })
  let closing: Promise<void> | undefined
  const close = async () => {
    await running.stop()
    await parts.close()
    await outbox.close()
  }
  const closed = () => {
    closing ??= close()
    return closing
  }
  const end = untilEnded('relay', 30_000, closed)
  // Who reads this line may end the relay at once.
  if (json) printJson({ up: 'outbox relay', where: parts.where })
  else console.log(`outbox relay   ${parts.where}`)
  try {
    const error = await Promise.race([running.failed, once ? drained(outbox) : end.ended])
    if (error) throw error
  } finally {
    await closed()
    end.uninstall()
  }
}

/** Until nothing waits but what is stuck, and what waits behind it. */
async function drained(outbox: Outbox): Promise<undefined> {
  while ((await outbox.pending(1)).length > 0) await systemClock.sleep(50)
}
