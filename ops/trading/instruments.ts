import { Command } from 'commander'
import { openReads } from '../../gateway/index.ts'
import { knownInstrument } from '../../gateway/trading/known-instrument.ts'
import { tradingReads } from '../../gateway/trading/reads/trading-reads.ts'
import {
  changeInstrument,
  type InstrumentChange,
  type Registration,
  type RegistrationParts,
  registerInstrument,
} from '../../gateway/trading/registration.ts'
import { parseInstruments } from '../../processors/domain/shared/instrument-file.ts'
import { instrumentOfKey } from '../../processors/domain/shared/keys.ts'
import { FatalError, TopologyError } from '../../topology/index.ts'
import { type JsonFlag, jsonOption, outboxInUse, printJson, systemClock } from '../commands.ts'
import { textOf } from './json-lines.ts'

/** `instruments`: does the same as the gateway's POST and PATCH, through the same outbox. */
export function instrumentsCommand(): Command {
  const command = new Command('instruments')
  command
    .command('register')
    .description('register the instruments of a YAML file; those registered like this already make no event')
    .argument('<file>', 'instruments by key, as in processors/instruments.yaml')
    .addOption(jsonOption())
    .action(register)
  command
    .command('enable')
    .description('let signals for an instrument pass')
    .argument('<key>', 'EXCHANGE:instrumentId')
    .addOption(jsonOption())
    .action((key: string, flags: JsonFlag) => change(key, { enabled: true }, flags))
  command
    .command('disable')
    .description('reject signals for an instrument')
    .argument('<key>', 'EXCHANGE:instrumentId')
    .addOption(jsonOption())
    .action((key: string, flags: JsonFlag) => change(key, { enabled: false }, flags))
  return command
}

async function register(file: string, { json }: JsonFlag): Promise<void> {
  const instruments = parseInstruments(textOf(file, 'instruments'), file)
  await withRegistration(async parts => {
    const done = []
    for (const instrument of instruments) {
      const one = registered(await registerInstrument(parts, instrument))
      if (!json) say(one)
      done.push(one)
    }
    if (json) printJson({ instruments: done })
  })
}

async function change(key: string, changes: InstrumentChange, { json }: JsonFlag): Promise<void> {
  if (!/^[^:]+:[^:]+$/.test(key))
    throw new TopologyError('CONFIG_INVALID', `'${key}' is no instrument key: write EXCHANGE:instrumentId`)
  const { exchange, instrumentId } = instrumentOfKey(key)
  await withRegistration(async parts => {
    const outcome = await changeInstrument(parts, exchange, instrumentId, changes)
    if (outcome.kind === 'absent')
      throw new TopologyError('CONFIG_INVALID', `instrument '${key}' is not registered: register it first`)
    const one = registered(outcome)
    if (json) printJson(one)
    else say(one)
  })
}

/** Runs work on the database in use. */
export async function withRegistration(work: (parts: RegistrationParts) => Promise<void>): Promise<void> {
  const { outbox, url, schema } = await outboxInUse()
  const reading = openReads({ databaseUrl: url, schema, application: 'trading', clock: systemClock })
  try {
    await work({
      outbox,
      schema,
      clock: systemClock,
      producer: 'command',
      known: knownInstrument({ ...reading.reads, ...tradingReads(reading) }, systemClock),
    })
  } finally {
    await reading.close()
    await outbox.close()
  }
}

/** An instrument as the command tells of it. */
interface RegisteredInstrument {
  readonly instrument: string
  readonly version: number | bigint
  readonly enabled: boolean
  readonly state: 'on its way' | 'registered already'
}

/** Errors: TopologyError CONFIG_INVALID, FatalError. */
function registered(outcome: Registration): RegisteredInstrument {
  switch (outcome.kind) {
    case 'registered':
    case 'unchanged': {
      const { exchange, instrumentId, instrumentVersion, enabled } = outcome.instrument
      const state = outcome.kind === 'registered' ? 'on its way' : 'registered already'
      return { instrument: `${exchange}:${instrumentId}`, version: instrumentVersion, enabled, state }
    }
    case 'exists': {
      const { exchange, instrumentId, instrumentVersion } = outcome.instrument
      throw new TopologyError(
        'CONFIG_INVALID',
        `${exchange}:${instrumentId} is registered with other terms (version ${instrumentVersion}): change it with PATCH`,
      )
    }
    case 'invalid':
      throw new TopologyError('CONFIG_INVALID', outcome.problems.join('\n'))
    default:
      throw new FatalError('INTERNAL', 'others change the instrument at the same moment: run the command again')
  }
}

function say({ instrument, version, enabled, state }: RegisteredInstrument): void {
  console.log(`${instrument}  version ${version}  ${enabled ? 'enabled' : 'disabled'}  ${state}`)
}
