import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { commandReasonCodes } from '../../../processors/domain/execution/take-command.ts'
import { commandIdOf } from '../../../processors/domain/shared/ids.ts'
import type { Clock } from '../../../topology/index.ts'
import {
  type FindLetters,
  idField,
  letterView,
  Problem,
  problemResponses,
  resource,
  traceparentOf,
} from '../../index.ts'
import {
  type OrderCommandGiven,
  type OrderCommandParts,
  postedCommand,
  postOrderCommand,
} from '../post-order-command.ts'
import { sampled } from '../samples/sample.ts'
import { orderView, viewOrder } from '../views/order-view.ts'
import { portfolioParameters } from '../views/parameters.ts'
import { cancelBody, replaceBody } from '../views/request-bodies.ts'
import { posting } from './posting.ts'

/** The parts that commands to orders work with. */
interface CommandParts {
  readonly commands: OrderCommandParts
  readonly letters: FindLetters | undefined
  readonly clock: Pick<Clock, 'random'>
}

const orderParameters = portfolioParameters.extend({
  orderId: idField.openapi({ example: '10000002-0000-5000-8000-000000000000' }),
})

const path = '/v1/portfolios/{portfolioId}/orders/{orderId}'

const read = createRoute({
  method: 'get',
  path,
  operationId: 'getOrder',
  tags: ['orders'],
  summary: 'An order',
  request: { params: orderParameters },
  responses: {
    200: { description: 'As the reconciler holds it.', content: sampled('order', orderView) },
    ...problemResponses('not-found', 'invalid-request', 'not-ready', 'unavailable', 'timeout'),
  },
})

const postedView = z
  .object({
    portfolioId: z.string(),
    orderId: z.string(),
    commandId: z.string(),
    action: z.enum(['CANCEL', 'REPLACE']),
    eventId: z.string(),
    status: z.string().openapi({ description: 'The path that tells what has become of it.' }),
    repeated: z.boolean().openapi({ description: 'It was posted before: no second event.' }),
  })
  .openapi('PostedOrderCommand')

const accepted = {
  description:
    'It is on its way. A race with a fill is decided once, by event time: `Location` tells the outcome. A repeated one has no `traceparent`.',
  view: postedView,
} as const

const cancelling = posting(cancelBody, { ...accepted, sample: 'posted-cancel' })
const cancel = createRoute({
  ...cancelling,
  path: `${path}/cancel`,
  operationId: 'cancelOrder',
  tags: ['orders'],
  summary: 'Cancel an order',
  request: { ...cancelling.request, params: orderParameters },
  responses: { ...cancelling.responses, ...problemResponses('not-found') },
})

const replacing = posting(replaceBody, { ...accepted, sample: 'posted-replace' })
const replace = createRoute({
  ...replacing,
  path: `${path}/replace`,
  operationId: 'replaceOrder',
  tags: ['orders'],
  summary: 'Give an order another limit or quantity, within its approval',
  request: { ...replacing.request, params: orderParameters },
  responses: { ...replacing.responses, ...problemResponses('not-found') },
})

const statusView = z
  .object({
    portfolioId: z.string(),
    orderId: z.string(),
    commandId: z.string(),
    state: z.enum(['PENDING', 'WAITING', 'APPLIED', 'REFUSED', 'DEAD_LETTERED']).openapi({
      description: 'WAITING: for the order to be placed; REFUSED: see `reasonCode`.',
    }),
    action: z.string().nullable().openapi({ description: 'Null while it is pending.', example: 'CANCEL' }),
    reasonCode: z
      .string()
      .nullable()
      .openapi({ description: `Of a refusal: ${commandReasonCodes.join(', ')}.`, example: null }),
    deadLetters: z.array(letterView).nullable().openapi({
      description: 'Null: the gateway was not asked to look, or knows no Kafka.',
    }),
  })
  .openapi('OrderCommandStatus')

const status = createRoute({
  method: 'get',
  path: `${path}/commands/{commandId}`,
  operationId: 'getOrderCommand',
  tags: ['orders'],
  summary: 'The status of a command to an order: on its way, applied, refused, or a dead letter',
  request: { params: orderParameters.extend({ commandId: idField.openapi({ example: 'cancel-1' }) }) },
  responses: {
    200: { description: 'As far as it has come.', content: sampled('order-command', statusView) },
    ...problemResponses('not-found', 'invalid-request', 'not-ready', 'unavailable', 'timeout'),
  },
})

/** An order by its id, the commands to it, and their status. */
export function orderCommandResource({ commands, letters, clock }: CommandParts): OpenAPIHono {
  const post = async (
    { portfolioId, orderId }: z.output<typeof orderParameters>,
    given: OrderCommandGiven,
    header: string | undefined,
  ) => {
    const traceparent = traceparentOf(header, clock)
    const outcome = await postOrderCommand({ ...commands, traceparent }, { portfolioId, orderId }, given)
    if (outcome.kind === 'absent') throw unknownOrder(portfolioId, orderId)
    if (outcome.kind === 'conflict') throw new Problem('conflict', `${outcome.reason}: read the order and try again`)
    const { commandId, action } = given
    const at = statusPath(portfolioId, orderId, commandId)
    const repeated = outcome.kind === 'repeated'
    const answer = { portfolioId, orderId, commandId, action, eventId: outcome.eventId, status: at, repeated }
    return { answer, headers: { Location: at, ...(!repeated && { traceparent }) } }
  }
  return resource()
    .openapi(read, async context => {
      const { portfolioId, orderId } = context.req.valid('param')
      return context.json(viewOrder(await orderOf(commands, portfolioId, orderId)), 200)
    })
    .openapi(cancel, async context => {
      const given = { action: 'CANCEL', quantity: null, limitPrice: null, ...context.req.valid('json') } as const
      const { answer, headers } = await post(context.req.valid('param'), given, context.req.header('traceparent'))
      return context.json(answer, 202, headers)
    })
    .openapi(replace, async context => {
      const given = { action: 'REPLACE', ...context.req.valid('json') } as const
      const { answer, headers } = await post(context.req.valid('param'), given, context.req.header('traceparent'))
      return context.json(answer, 202, headers)
    })
    .openapi(status, async context => {
      const { portfolioId, orderId, commandId } = context.req.valid('param')
      const { tradeId } = await orderOf(commands, portfolioId, orderId)
      const key = { portfolioId, commandId }
      const [taken, posted] = [await commands.taken(key), await postedCommand(commands, key)]
      const row = taken?.tradeId === tradeId ? taken : undefined
      if (!row && posted?.tradeId !== tradeId)
        throw new Problem('not-found', `no command '${commandId}' was given to order '${orderId}'`)
      const found = row ? undefined : await letters?.([commandIdOf(portfolioId, commandId)])
      const dead = (found ?? []).some(({ state }) => state === 'open')
      const state = row ? stateOf(row.outcome) : dead ? 'DEAD_LETTERED' : 'PENDING'
      const { action = null, reasonCode = null } = row ?? {}
      const deadLetters = found ? [...found] : null
      return context.json({ portfolioId, orderId, commandId, state, action, reasonCode, deadLetters } as const, 200)
    })
}

/** The order. Errors: Problem not-found. */
async function orderOf({ order }: OrderCommandParts, portfolioId: string, orderId: string) {
  const found = await order({ portfolioId, orderId })
  if (found) return found
  throw unknownOrder(portfolioId, orderId)
}

function unknownOrder(portfolioId: string, orderId: string): Problem {
  return new Problem('not-found', `portfolio '${portfolioId}' has no order '${orderId}'`)
}

/** The state of a command that execution-sim has taken. */
function stateOf(outcome: string) {
  return outcome === 'APPLIED' || outcome === 'WAITING' ? outcome : 'REFUSED'
}

function statusPath(...ids: readonly [portfolioId: string, orderId: string, commandId: string]): string {
  const [portfolio, order, command] = ids.map(encodeURIComponent)
  return `/v1/portfolios/${portfolio}/orders/${order}/commands/${command}`
}
