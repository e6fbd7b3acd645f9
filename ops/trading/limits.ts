import { createHash } from 'node:crypto'
import { userInfo } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { openReads } from '../../gateway/index.ts'
import {
  type ControlOrder,
  type ControlOutcome,
  type ControlParts,
  changeLimits,
  claimLimitsVersion,
  flatten,
  setLimits,
  setTradingState,
} from '../../gateway/trading/controls.ts'
import { knownControl } from '../../gateway/trading/known-control.ts'
import { tradingReads } from '../../gateway/trading/reads/trading-reads.ts'
import { viewLimits } from '../../gateway/trading/views/limits-view.ts'
import {
  type Limits,
  parseLimits,
  parseRate,
  type RateLimit,
  type TradingState,
} from '../../processors/domain/risk/limits.ts'
import { tradingStates } from '../../processors/domain/risk/limits-in-force.ts'
import { limits as startValues } from '../../processors/settings.ts'
import { FatalError, parseDecimal, TopologyError } from '../../topology/index.ts'
import { type JsonFlag, jsonOption, outboxInUse, printJson, systemClock } from '../commands.ts'
import { textOf } from './json-lines.ts'

/** A limit as a flag gives it; null: none. */
interface Given<T> {
  readonly limit: T | null
}

interface OrderFlags extends JsonFlag {
  readonly actor: string
  readonly reason: string
}

interface SetFlags extends OrderFlags {
  readonly state?: TradingState
  readonly cap?: Given<bigint>
  readonly maxPosition?: Given<bigint>
  readonly rate?: Given<RateLimit>
  readonly loss?: Given<bigint>
  readonly drawdown?: Given<bigint>
}

const none = 'none'

/** `limits`: does the same as the gateway's PATCH, through the same outbox. */
export function limitsCommand(): Command {
  const command = new Command('limits').description('the rules by which signals are decided, while the pipeline runs')
  command
    .command('show')
    .description('print the rules of a portfolio that portfolio-risk decides by')
    .argument('<portfolio>')
    .addOption(jsonOption())
    .action(show)
  ordered(command.command('set'))
    .description('change rules of a portfolio; those that are not given stay as they are')
    .argument('<portfolio>')
    .addOption(new Option('--state <state>', 'trading state').choices(tradingStates))
    .option('--cap <amount>', `exposure cap, or ${none}`, limitArgument)
    .option('--max-position <quantity>', `largest position, or ${none}`, limitArgument)
    .option('--rate <rate>', `approvals in a window, such as 20/1h, or ${none}`, rateArgument)
    .option('--loss <amount>', `most that a day may lose, or ${none}`, limitArgument)
    .option('--drawdown <amount>', `most that it may fall below its best, or ${none}`, limitArgument)
    .action(set)
  ordered(command.command('flatten'))
    .description('close all positions of a portfolio with reduce-only market orders')
    .argument('<portfolio>')
    .action((portfolioId: string, order: OrderFlags) =>
      withControls(async parts => say([settled(portfolioId, await flatten(parts, portfolioId, order))], order)),
    )
  ordered(command.command('all'))
    .description('set the least strict trading state that any portfolio may have: HALTED is the kill switch')
    .addArgument(command.createArgument('<state>').choices(tradingStates))
    .action((state: TradingState, order: OrderFlags) =>
      withControls(async parts => say([settled('every portfolio', await setTradingState(parts, state, order))], order)),
    )
  ordered(command.command('apply'))
    .description("put the portfolios' rules of a limits file in force; those in force already make no event")
    .argument('<file>', 'limits file, as processors/limits.yaml')
    .action(apply)
  return command
}

function ordered(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'the reason, which is kept with the rules')
    .option('--actor <name>', 'the person or program that gives the order', userInfo().username)
    .addOption(jsonOption())
}

async function show(portfolioId: string, { json }: JsonFlag): Promise<void> {
  await withControls(async (_, reads) => {
    const reading = await reads.controls(portfolioId)
    if (reading.kind === 'not ready')
      throw new FatalError(
        'INTERNAL',
        `${reading.stores.join(', ')} is being restored, or was not opened yet: ask again`,
      )
    const found = reading.kind === 'found' ? reading.value : { own: undefined, every: undefined, risk: undefined }
    const view = viewLimits(portfolioId, startValues, found)
    if (!view) throw unknown(portfolioId)
    if (json) printJson(view)
    else console.log(JSON.stringify(view, null, 2))
  })
}

async function set(portfolioId: string, { actor, reason, json, state, cap, ...more }: SetFlags): Promise<void> {
  const { maxPosition, rate, loss, drawdown } = more
  const given = {
    tradingState: state,
    exposureCap: cap?.limit,
    maxPositionQty: maxPosition?.limit,
    rate: rate?.limit,
    lossLimit: loss?.limit,
    maxDrawdown: drawdown?.limit,
  }
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  if (Object.keys(changes).length === 0)
    throw new TopologyError(
      'CONFIG_INVALID',
      'nothing to change: give --state, --cap, --max-position, --rate, --loss or --drawdown',
    )
  await withControls(async parts =>
    say([settled(portfolioId, await changeLimits(parts, portfolioId, changes, { actor, reason }))], { json }),
  )
}

async function apply(file: string, { json, ...order }: ControlOrder & JsonFlag): Promise<void> {
  const limits = parseLimits(textOf(file, 'limits'), file)
  await withControls(async parts => {
    if (!(await claimLimitsVersion(parts, limits.version, fingerprintOf(limits))))
      throw new TopologyError(
        'CONFIG_INVALID',
        `other rules were applied as version ${limits.version}: raise version in ${file}`,
      )
    const done = []
    for (const [portfolioId, rules] of limits.portfolios)
      done.push(settled(portfolioId, await setLimits(parts, portfolioId, rules, order)))
    say(done, { json })
  })
  if (!json) console.log('limits of orders and price bands apply when the workers start again')
}

/** A text that is equal for equal rules. */
function fingerprintOf({ version: _, portfolios, priceBands, ...rest }: Limits): string {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  const sorted = (map: ReadonlyMap<string, unknown> | undefined) =>
    [...(map ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([rest, sorted(priceBands), sorted(portfolios)], plain))
    .digest('hex')
}

async function withControls(
  work: (parts: ControlParts, reads: ReturnType<typeof tradingReads>) => Promise<void>,
): Promise<void> {
  const { outbox, url, schema } = await outboxInUse()
  const reading = openReads({ databaseUrl: url, schema, application: 'trading', clock: systemClock })
  const reads = tradingReads(reading)
  try {
    const known = knownControl({ ...reading.reads, ...reads }, systemClock)
    await work({ outbox, schema, clock: systemClock, producer: 'command', limits: startValues, known }, reads)
  } finally {
    await reading.close()
    await outbox.close()
  }
}

/** A control as the command tells of it. */
interface SettledControl {
  /** A portfolio, or `'every portfolio'`. */
  readonly scope: string
  readonly controlVersion: number | bigint
  readonly tradingState: string
  readonly state: 'on its way' | 'in force already'
}

/** Errors: TopologyError CONFIG_INVALID, FatalError. */
function settled(scope: string, outcome: ControlOutcome): SettledControl {
  if (outcome.kind === 'absent') throw unknown(scope)
  if (outcome.kind === 'conflict') throw new FatalError('INTERNAL', `${outcome.reason}: run the command again`)
  const { controlVersion, tradingState } = outcome.control
  const state = outcome.kind === 'accepted' ? 'on its way' : 'in force already'
  return { scope, controlVersion, tradingState, state }
}

function say(controls: readonly SettledControl[], { json }: JsonFlag): void {
  if (json) printJson({ controls })
  else
    for (const { scope, controlVersion, tradingState, state } of controls)
      console.log(`${scope}  controlVersion ${controlVersion}  ${tradingState}  ${state}`)
}

function unknown(portfolioId: string): TopologyError {
  return new TopologyError(
    'CONFIG_INVALID',
    `portfolio '${portfolioId}' has no limits: name it in a limits file and apply that`,
  )
}

/** Units: 1e-18. */
function limitArgument(text: string): Given<bigint> {
  if (text === none) return { limit: null }
  const value = parseDecimal(text)
  if (value === undefined || value <= 0n) throw new InvalidArgumentError(`It must be a decimal above zero, or ${none}.`)
  return { limit: value }
}

function rateArgument(text: string): Given<RateLimit> {
  if (text === none) return { limit: null }
  try {
    return { limit: parseRate(text) }
  } catch {
    throw new InvalidArgumentError(`It must be such as 20/1h, or ${none}.`)
  }
}
