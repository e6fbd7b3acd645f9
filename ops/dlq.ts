import Table from 'cli-table3'
import { Command } from 'commander'
import type { Broker } from '../topology/broker/port.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import { onServers } from './command-line/servers.ts'
import type { Letter } from './dlq/letter.ts'
import { type LetterFilter, readLetters } from './dlq/read-letters.ts'
import { replayLetters } from './dlq/replay-letters.ts'

interface FilterFlags {
  readonly topic?: string
  readonly code?: string
  readonly processor?: string
  readonly at: readonly string[]
}

/**
 * `dlq list|show|replay`: counts dead letters by their reason, shows one, or sends them back to where they came from.
 * Payloads are not printed. See runbooks/dead-letters.md.
 */
export function dlqCommand(): Command {
  const command = new Command('dlq').description('look at dead letters, and send them back')
  filtered(command.command('list')).description('count dead letters by topic, processor and reason').action(list)
  filtered(command.command('show'))
    .description('say of each dead letter where it came from and what failed')
    .option('--limit <n>', 'at most so many, the newest', Number, 50)
    .action(show)
  filtered(command.command('replay'))
    .description('send chosen dead letters back to their source topic; safe to repeat')
    .option('--yes', 'do it; without this it only says what it would do', false)
    .action(replay)
  return command
}

function filtered(command: Command): Command {
  return command
    .option('--topic <name>', 'of this source topic (or dead-letter topic)')
    .option('--code <code>', 'with this error code, such as DECODE_FAILED')
    .option('--processor <name>', 'of this processor')
    .option('--at <place>', 'this one, <topic>/<partition>/<offset>; repeat for several', collect, [])
}

async function list(flags: FilterFlags): Promise<void> {
  await onBroker(async broker => {
    const groups = new Map<string, Letter[]>()
    for (const letter of await readLetters(broker, filterOf(flags))) {
      const key = [letter.record.topic, letter.processor, letter.stage, letter.code].join('\n')
      groups.set(key, [...(groups.get(key) ?? []), letter])
    }
    const table = plainTable(['dead letters', 'topic', 'processor', 'stage', 'code', 'first', 'last', 'for example'])
    for (const [key, letters] of groups) {
      const [topic = '', processor = '', stage = '', code = ''] = key.split('\n')
      const times = letters.map(letter => letter.lastFailure).sort()
      table.push([letters.length, topic, processor, stage, code, times[0]!, times.at(-1)!, letters.at(-1)!.place])
    }
    console.log(groups.size === 0 ? 'no dead letters' : `${table}`)
  })
}

async function show(flags: FilterFlags & { readonly limit: number }): Promise<void> {
  await onBroker(async broker => {
    const letters = await readLetters(broker, filterOf(flags))
    for (const letter of letters.slice(-flags.limit)) console.log(`${describe(letter)}\n`)
    console.log(`${letters.length} dead letters, ${Math.min(letters.length, flags.limit)} shown`)
  })
}

async function replay(flags: FilterFlags & { readonly yes: boolean }): Promise<void> {
  const filter = filterOf(flags)
  if (Object.keys(filter).length === 0)
    throw new TopologyError(
      'CONFIG_INVALID',
      'replay of every dead letter there is: choose with --topic, --code or --at',
    )
  await onBroker(async broker => {
    const { sent, skipped } = await replayLetters(broker, await readLetters(broker, filter), { send: flags.yes })
    for (const { place, source } of skipped) console.log(`${place}  is back in ${source.topic} already`)
    for (const { place, source } of sent)
      console.log(`${place}  ${flags.yes ? 'sent' : 'would be sent'} to ${source.topic}/${source.partition}`)
    const again = flags.yes ? '' : ': say --yes to do it'
    console.log(`${sent.length} ${flags.yes ? 'sent' : 'to send'}, ${skipped.length} skipped${again}`)
  })
}

function describe({ place, source, code, message, stage, processor, attempts, ...letter }: Letter): string {
  const { key, value } = letter.record
  return [
    `${place}  ${code}  ${message}`,
    `  from ${source.topic}/${source.partition} offset ${source.offset}, ${stage} of '${processor}', attempts ${attempts}`,
    `  first ${letter.firstFailure}, last ${letter.lastFailure}; key ${key?.length ?? 0} bytes, value ${value?.length ?? 0} bytes`,
  ].join('\n')
}

function filterOf({ topic, code, processor, at }: FilterFlags): LetterFilter {
  return {
    ...(topic && { topic }),
    ...(code && { code }),
    ...(processor && { processor }),
    ...(at.length > 0 && { places: at }),
  }
}

async function onBroker(work: (broker: Broker) => Promise<void>): Promise<void> {
  await onServers('dlq', ['kafka'], ({ broker }) => work(broker))
}

function plainTable(head: readonly string[]) {
  const chars = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }
  return new Table({ head: [...head], style: { head: [], border: [] }, chars })
}

function collect(place: string, places: readonly string[]): readonly string[] {
  return [...places, place]
}
