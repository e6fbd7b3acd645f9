import { readFileSync } from 'node:fs'
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
import { outboxInUse, systemClock } from '../commands.ts'

/** `instruments`: does the same as the gateway's POST and PATCH, through the same outbox. */
export function instrumentsCommand(): Command {
  const command = new Command('instruments')
  command
    .command('register')
    .description('register the instruments of a YAML file; those registered like this already make no event')
    .argument('<file>', 'instruments by key, as in processors/instruments.yaml')
    .action(register)
  command
    .command('enable')
    .description('let signals for an instrument pass')
    .argument('<key>', 'EXCHANGE:instrumentId')
    .action((key: string) => change(key, { enabled: true }))
  command
    .command('disable')
    .description('reject signals for an instrument')
    .argument('<key>', 'EXCHANGE:instrumentId')
    .action((key: string) => change(key, { enabled: false }))
  return command
}

async function register(file: string): Promise<void> {
  const instruments = parseInstruments(readFileSync(file, 'utf8'), file)
  await withRegistration(async parts => {
    for (const instrument of instruments) say(await registerInstrument(parts, instrument))
  })
}

async function change(key: string, changes: InstrumentChange): Promise<void> {
  if (!/^[^:]+:[^:]+$/.test(key))
    throw new TopologyError('CONFIG_INVALID', `'${key}' is no instrument key: write EXCHANGE:instrumentId`)
  const { exchange, instrumentId } = instrumentOfKey(key)
  await withRegistration(async parts => {
    const outcome = await changeInstrument(parts, exchange, instrumentId, changes)
    if (outcome.kind === 'absent')
      throw new TopologyError('CONFIG_INVALID', `instrument '${key}' is not registered: register it first`)
    say(outcome)
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

function say(outcome: Registration): void {
  switch (outcome.kind) {
    case 'registered':
    case 'unchanged': {
      const { exchange, instrumentId, instrumentVersion, enabled } = outcome.instrument
      const state = outcome.kind === 'registered' ? 'on its way' : 'registered already'
      console.log(
        `${exchange}:${instrumentId}  version ${instrumentVersion}  ${enabled ? 'enabled' : 'disabled'}  ${state}`,
      )
      return
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
