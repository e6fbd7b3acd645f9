import { Command, InvalidArgumentError, Option } from 'commander'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import type { Broker } from '../topology/broker/port.ts'
import type { Clock } from '../topology/definition/clock.ts'
import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { type Duration, durationMs } from '../topology/definition/duration.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { schemasOf } from '../topology/runtime/register-schemas.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { jsonOption, printJson } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { letterDecoder } from './dlq/decode-letters.ts'
import { letterJson, letterText, stateText } from './dlq/describe-letter.ts'
import { type LetterFilter, letterStates, type StateName } from './dlq/letter-filter.ts'
import { type KnownLetter, readLetters } from './dlq/read-letters.ts'
import { settleLetters, type Verdict } from './dlq/settle-letters.ts'

interface FilterFlags extends Omit<LetterFilter, 'places'> {
  readonly at: readonly string[]
  readonly json?: boolean
}

interface StateFlags extends FilterFlags {
  readonly state: StateName | 'all'
}

interface SettleFlags extends FilterFlags {
  readonly all?: boolean
  readonly apply?: boolean
}

/**
 * `dlq list|show|retry|drop`: dead letters and their states. `retry` sends records back to where they came from, exactly once; `drop`
 * gives them up. Both only say what they would do without `--apply`. See runbooks/dead-letters.md.
 */
export function dlqCommand(): Command {
  const command = new Command('dlq').description('look at dead letters, send them back, or give them up')
  stated(filtered(command.command('list')))
    .description('count dead letters by topic, processor and reason')
    .action(list)
  stated(filtered(command.command('show')))
    .description('say of each dead letter where it came from, what failed, and what it holds')
    .option('--limit <n>', 'at most so many, the newest', Number, 20)
    .option('--topology <file>', topologyHelp)
    .action(show)
  settling(filtered(command.command('retry')))
    .description('send open dead letters back to their topics, each once')
    .action((flags: SettleFlags) => settle(flags, { state: 'retried' }))
  settling(filtered(command.command('drop')))
    .description('give open dead letters up: they count as open no more')
    .requiredOption('--reason <text>', 'why; it is kept with their state')
    .action((flags: SettleFlags & { readonly reason: string }) =>
      settle(flags, { state: 'dropped', reason: flags.reason }),
    )
  return command
}

function filtered(command: Command): Command {
  return command
    .option('--application <name>', 'of this application')
    .option('--topic <name>', 'of this source topic (or dead-letter topic)')
    .option('--processor <name>', 'of this processor, or sub-topology')
    .option('--code <code>', 'with this error code, such as DECODE_FAILED')
    .option('--since <time>', "failed since then: an ISO time, or a duration such as '2h'", instant)
    .option('--until <time>', 'failed until then', instant)
    .option('--at <place>', 'this one, <topic>/<partition>/<offset>; repeat for several', collect, [])
    .addOption(jsonOption())
}

function stated(command: Command): Command {
  return command.addOption(
    new Option('--state <state>', 'in this state').choices([...letterStates, 'all']).default('open'),
  )
}

function settling(command: Command): Command {
  return command
    .option('--all', 'every open dead letter, when nothing else chooses')
    .option('--apply', 'do it; without this it only says what it would do')
}

async function list(flags: StateFlags): Promise<void> {
  await onServers('dlq', ['kafka'], async ({ broker }) => {
    const letters = await chosen(broker, flags)
    if (flags.json) return printJson({ letters: letters.map(letter => letterJson(letter)), count: letters.length })
    if (letters.length === 0)
      return console.log(flags.state === 'all' ? 'no dead letters' : `no ${flags.state} dead letters`)
    const groups = new Map<string, KnownLetter[]>()
    for (const letter of letters) {
      const { application, processor, stage, code, state, record } = letter
      const key = [state, record.topic, application, processor, stage, code].join('\n')
      groups.set(key, [...(groups.get(key) ?? []), letter])
    }
    const rows = [...groups].map(([key, own]) => {
      const times = own.map(letter => letter.lastFailure).sort()
      return [
        own.length,
        ...key.split('\n'),
        times[0] as string,
        times.at(-1) as string,
        (own.at(-1) as KnownLetter).place,
      ]
    })
    const head = [
      'LETTERS',
      'STATE',
      'TOPIC',
      'APPLICATION',
      'PROCESSOR',
      'STAGE',
      'CODE',
      'FIRST',
      'LAST',
      'FOR EXAMPLE',
    ]
    console.log(bareTable(head, rows))
  })
}

async function show(flags: StateFlags & { readonly limit: number; readonly topology?: string }): Promise<void> {
  const definition = await topologyAtHand(flags.topology)
  const needs =
    definition && (await schemasOf(buildGraph(definition))).length > 0
      ? (['kafka', 'registry'] as const)
      : (['kafka'] as const)
  await onServers('dlq', needs, async ({ broker, registry }) => {
    const letters = await chosen(broker, flags)
    const graph = definition && (await graphOnCluster(definition, broker.admin))
    const decode = await letterDecoder(graph, registry)
    const shown = letters.slice(-flags.limit)
    const decoded = await Promise.all(shown.map(decode))
    if (flags.json)
      return printJson({
        letters: shown.map((letter, index) => letterJson(letter, decoded[index])),
        count: letters.length,
      })
    for (const [index, letter] of shown.entries()) console.log(`${letterText(letter, decoded[index]!)}\n`)
    console.log(`${counted(letters.length)}, ${shown.length} shown`)
  })
}

async function settle(flags: SettleFlags, verdict: Verdict): Promise<void> {
  const verb = verdict.state === 'retried' ? 'retry' : 'drop'
  if (Object.keys(filterOf(flags)).length === 0 && !flags.all)
    throw new TopologyError(
      'CONFIG_INVALID',
      `dlq ${verb} of which dead letters? Choose with --topic, --processor, --code, --since or --at; --all means every one`,
    )
  await onServers('dlq', ['kafka'], async ({ broker, clock }) => {
    const all = await readLetters(broker, filterOf(flags))
    const open = all.filter(({ state }) => state === 'open')
    // A letter that was named and is settled already is told; of the others only open ones are meant.
    const passed = flags.at.length > 0 ? all.filter(({ state }) => state !== 'open') : []
    const result = flags.apply ? await apply(broker, clock, open, verdict) : { done: open, skipped: [] }
    const done = open.filter(letter => result.done.includes(letter))
    const skipped = [...passed, ...open.filter(letter => result.skipped.includes(letter))]
    const applied = flags.apply === true
    if (flags.json)
      return printJson({
        applied,
        [verdict.state]: done.map(letter => letterJson(letter)),
        skipped: skipped.map(letter => letterJson(letter)),
      })
    for (const letter of skipped) console.log(`${letter.place}  is ${stateText(letter)}: left alone`)
    for (const { place, source } of done) console.log(`${place}  ${sentence(verdict, applied, source)}`)
    const would = applied ? verdict.state : `would be ${verdict.state}`
    console.log(`${counted(done.length)} ${would}, ${skipped.length} skipped${applied ? '' : ': say --apply to do it'}`)
  })
}

function apply(broker: Broker, clock: Clock, open: readonly KnownLetter[], verdict: Verdict) {
  // Progress is no output: it must not stand in what another program reads.
  return settleLetters(broker, clock, open, verdict, done =>
    console.error(`${done} of ${counted(open.length)} ${verdict.state}`),
  )
}

function sentence(verdict: Verdict, applied: boolean, { topic, partition }: KnownLetter['source']): string {
  if (verdict.state === 'dropped') return applied ? 'dropped' : 'would be dropped'
  return `${applied ? 'sent' : 'would be sent'} to ${topic}/${partition}`
}

async function chosen(broker: Broker, flags: StateFlags): Promise<readonly KnownLetter[]> {
  const letters = await readLetters(broker, filterOf(flags))
  return flags.state === 'all' ? letters : letters.filter(({ state }) => state === flags.state)
}

/** The topology whose serdes read the letters: the one named, or the project's; undefined where there is none. */
async function topologyAtHand(file: string | undefined): Promise<TopologyDefinition | undefined> {
  try {
    return await loadTopology(file)
  } catch (error) {
    if (file !== undefined || !(error instanceof TopologyError && error.code === 'CONFIG_INVALID')) throw error
    return undefined
  }
}

function filterOf({ application, topic, processor, code, since, until, at }: FilterFlags): LetterFilter {
  return {
    ...(application !== undefined && { application }),
    ...(topic !== undefined && { topic }),
    ...(processor !== undefined && { processor }),
    ...(code !== undefined && { code }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(at.length > 0 && { places: at }),
  }
}

/** A time, or the time so long ago. */
function instant(text: string): number {
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return time
  try {
    return systemClock.now() - durationMs(text as Duration)
  } catch {
    throw new InvalidArgumentError("write a time such as 2026-01-02T03:04:05Z, or a duration such as '2h'")
  }
}

function collect(place: string, places: readonly string[]): readonly string[] {
  return [...places, place]
}

function counted(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`
}
