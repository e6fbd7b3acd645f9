import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { freshRead, openReads, usualWaitMs } from '../../gateway/index.ts'
import { knownOrder } from '../../gateway/trading/known-order.ts'
import {
  type OrderCommandGiven,
  type OrderCommandParts,
  postOrderCommand,
} from '../../gateway/trading/post-order-command.ts'
import { type TradingReads, tradingReads } from '../../gateway/trading/reads/trading-reads.ts'
import { viewOrder } from '../../gateway/trading/views/order-view.ts'
import { idProblem } from '../../processors/domain/shared/id-form.ts'
import { parseDecimal, TopologyError } from '../../topology/index.ts'
import { type JsonFlag, jsonOption, outboxInUse, printJson, systemClock } from '../commands.ts'

interface CommandFlags extends JsonFlag {
  readonly actor: string
  readonly reason: string
  readonly id: string
}

interface ReplaceFlags extends CommandFlags {
  readonly quantity?: bigint
  readonly limit?: bigint
}

interface ListFlags extends JsonFlag {
  readonly open?: true
  readonly limit: number
}

/** `orders`: does the same as the gateway's routes of orders, through the same outbox. */
export function ordersCommand(): Command {
  const command = new Command('orders')
  command
    .command('list')
    .description('print the newest orders of a portfolio, one JSON object a line')
    .argument('<portfolio>')
    .option('--open', 'those that have not ended')
    .option('--limit <n>', 'orders to print', wholeArgument, 50)
    .addOption(jsonOption())
    .action(list)
  commanding(command.command('cancel'))
    .description('cancel an order')
    .action((portfolioId: string, orderId: string, { id, json, ...flags }: CommandFlags) => {
      const given = { ...flags, commandId: id, action: 'CANCEL', quantity: null, limitPrice: null } as const
      return give(portfolioId, orderId, given, { json })
    })
  commanding(command.command('replace'))
    .description('give an order another limit or quantity, within its approval')
    .option('--quantity <quantity>', 'in all from now on, the filled ones included', decimalArgument)
    .option('--limit <price>', 'limit from now on', decimalArgument)
    .action(replace)
  return command
}

function commanding(command: Command): Command {
  return command
    .argument('<portfolio>')
    .argument('<orderId>')
    .requiredOption('--reason <text>', 'the reason, which is kept with the command')
    .option('--actor <name>', 'the person or program that gives the command', userInfo().username)
    .option('--id <commandId>', 'the id of the command: the same one again changes nothing', randomUUID())
    .addOption(jsonOption())
}

async function replace(portfolioId: string, orderId: string, flags: ReplaceFlags): Promise<void> {
  const { id, quantity = null, limit: limitPrice = null, actor, reason, json } = flags
  if (quantity === null && limitPrice === null)
    throw new TopologyError('CONFIG_INVALID', 'nothing to change: give --quantity or --limit')
  const given = { commandId: id, action: 'REPLACE', quantity, limitPrice, actor, reason } as const
  await give(portfolioId, orderId, given, { json })
}

async function give(portfolioId: string, orderId: string, given: OrderCommandGiven, { json }: JsonFlag): Promise<void> {
  const problem = idProblem(given.commandId)
  if (problem !== undefined) throw new TopologyError('CONFIG_INVALID', `--id ${problem}: give another one`)
  await withOrders(async parts => {
    const outcome = await postOrderCommand(parts, { portfolioId, orderId }, given)
    if (outcome.kind === 'absent')
      throw new TopologyError('CONFIG_INVALID', `portfolio '${portfolioId}' has no order '${orderId}': see orders list`)
    if (outcome.kind === 'conflict') throw new TopologyError('CONFIG_INVALID', `${outcome.reason}: see orders list`)
    const state = outcome.kind === 'posted' ? 'on its way' : 'given already'
    const { action, commandId } = given
    if (json) printJson({ portfolioId, orderId, action, commandId, state })
    else console.log(`${portfolioId}  ${orderId}  ${action}  ${commandId}  ${state}`)
  })
}

async function list(portfolioId: string, { open, limit, json }: ListFlags): Promise<void> {
  await withOrders(async (_, reads) => {
    const answer = await freshRead(systemClock)(
      () => reads.orders({ portfolioId }, open ? { open } : {}, { limit, after: undefined }),
      () => undefined,
      usualWaitMs,
      new AbortController().signal,
    )
    const orders = (answer?.value ?? []).map(viewOrder)
    if (json) printJson({ orders })
    else for (const order of orders) console.log(JSON.stringify(order))
  })
}

async function withOrders(work: (parts: OrderCommandParts, reads: TradingReads) => Promise<void>): Promise<void> {
  const { outbox, url, schema } = await outboxInUse()
  const reading = openReads({ databaseUrl: url, schema, application: 'trading', clock: systemClock })
  const reads = tradingReads(reading)
  try {
    await work({ outbox, schema, clock: systemClock, producer: 'command', ...knownOrder(reads, systemClock) }, reads)
  } finally {
    await reading.close()
    await outbox.close()
  }
}

/** Units: 1e-18. */
function decimalArgument(text: string): bigint {
  const value = parseDecimal(text)
  if (value === undefined || value <= 0n) throw new InvalidArgumentError('It must be a decimal above zero.')
  return value
}

function wholeArgument(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number above zero.')
}
