import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Limits } from '../../../processors/domain/risk/limits.ts'
import type { Clock } from '../../../topology/index.ts'
import {
  type FreshRead,
  freshProblems,
  longParameter,
  Problem,
  problemResponses,
  resource,
  traceparentHeader,
  traceparentOf,
  waitParameter,
} from '../../index.ts'
import { type ControlOutcome, type ControlParts, changeLimits, flatten, setTradingState } from '../controls.ts'
import type { TradingReads } from '../reads/trading-reads.ts'
import { sampled } from '../samples/sample.ts'
import {
  controlView,
  limitsView,
  tradingStateView,
  viewControl,
  viewLimits,
  viewTradingState,
} from '../views/limits-view.ts'
import { portfolioParameters } from '../views/parameters.ts'
import { flattenBody, limitsChangeBody, tradingStateBody } from '../views/request-bodies.ts'
import { writeProblems } from './write-problems.ts'

/** The parts that the resource of limits works with. */
interface LimitsParts {
  readonly reads: Pick<TradingReads, 'controls'>
  readonly fresh: FreshRead
  readonly controls: ControlParts
  readonly limits: Limits
  readonly clock: Pick<Clock, 'random'>
}

const versionQuery = z.strictObject({
  minControlVersion: longParameter('portfolio-risk decides by at least this version.'),
  waitMs: waitParameter,
})

const read = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/limits',
  operationId: 'getPortfolioLimits',
  tags: ['limits'],
  summary: "The rules by which portfolio-risk decides a portfolio's signals",
  description: 'From the moment at which it shows a version, no signal is decided by an older one.',
  request: { params: portfolioParameters, query: versionQuery },
  responses: { 200: { description: 'The rules in force.', content: sampled('limits', limitsView) }, ...freshProblems },
})

const accepted = {
  description: 'Recorded, and on its way. `Location` answers once portfolio-risk decides by it.',
  headers: z.object({ Location: z.string(), traceparent: traceparentHeader }),
  content: sampled('control', controlView),
}
const unchanged = { description: 'The rules are these already: no event.', content: sampled('control', controlView) }

const change = createRoute({
  method: 'patch',
  path: '/v1/portfolios/{portfolioId}',
  operationId: 'changePortfolio',
  tags: ['limits'],
  summary: 'Change the rules of a portfolio: trading state, cap, position limit, rate, loss limits',
  request: {
    params: portfolioParameters,
    body: { required: true, content: { 'application/json': { schema: limitsChangeBody } } },
  },
  responses: { 200: unchanged, 202: accepted, ...problemResponses('not-found', ...writeProblems) },
})

const close = createRoute({
  method: 'post',
  path: '/v1/portfolios/{portfolioId}/flatten',
  operationId: 'flattenPortfolio',
  tags: ['limits'],
  summary: 'Close all positions of a portfolio with reduce-only market orders',
  description: 'An active portfolio may only reduce from then on. One that is halted keeps its positions.',
  request: {
    params: portfolioParameters,
    body: { required: true, content: { 'application/json': { schema: flattenBody } } },
  },
  responses: { 202: accepted, ...problemResponses('not-found', ...writeProblems) },
})

const readState = createRoute({
  method: 'get',
  path: '/v1/trading-state',
  operationId: 'getTradingState',
  tags: ['limits'],
  summary: 'The least strict trading state that any portfolio may have',
  description: 'It shows a version when every partition decides by it.',
  request: { query: versionQuery },
  responses: {
    200: { description: 'The state in force.', content: sampled('trading-state', tradingStateView) },
    ...problemResponses('invalid-request', 'too-old', 'not-ready', 'unavailable', 'timeout'),
  },
})

const setState = createRoute({
  method: 'patch',
  path: '/v1/trading-state',
  operationId: 'changeTradingState',
  tags: ['limits'],
  summary: 'Halt all trading, let it only reduce, or end that',
  request: { body: { required: true, content: { 'application/json': { schema: tradingStateBody } } } },
  responses: {
    200: { description: 'It is so already: no event.', content: sampled('trading-state', tradingStateView) },
    202: {
      description: 'Recorded, and on its way. `Location` answers once every partition decides by it.',
      headers: z.object({ Location: z.string(), traceparent: traceparentHeader }),
      content: sampled('trading-state', tradingStateView),
    },
    ...problemResponses(...writeProblems),
  },
})

/** `/v1/portfolios/{portfolioId}/limits`, the changes of a portfolio's rules, and `/v1/trading-state`. */
export function limitsResource({ reads, fresh, controls, limits, clock }: LimitsParts): OpenAPIHono {
  const inForce = (portfolioId: string | null, minimum: bigint, waitMs: number, signal: AbortSignal) =>
    fresh(
      () => reads.controls(portfolioId),
      found => {
        const version = (portfolioId === null ? found?.every : found?.own)?.controlVersion ?? 0n
        return version < minimum ? `controlVersion is ${version}, asked for ${minimum}` : undefined
      },
      waitMs,
      signal,
    )
  const traced = (header: string | undefined) => {
    const traceparent = traceparentOf(header, clock)
    return { traceparent, parts: { ...controls, traceparent } }
  }
  return resource()
    .openapi(read, async context => {
      const { portfolioId } = context.req.valid('param')
      const { minControlVersion = 0n, waitMs } = context.req.valid('query')
      const found = await inForce(portfolioId, minControlVersion, waitMs, context.req.raw.signal)
      const view = viewLimits(portfolioId, limits, found ?? { own: undefined, every: undefined, risk: undefined })
      if (!view) throw unknownPortfolio(portfolioId)
      return context.json(view, 200)
    })
    .openapi(change, async context => {
      const { portfolioId } = context.req.valid('param')
      const { actor, reason, controlVersion, maxOrderRate, ...rest } = context.req.valid('json')
      const given = Object.entries({ ...rest, rate: maxOrderRate }).filter(([, value]) => value !== undefined)
      const { traceparent, parts } = traced(context.req.header('traceparent'))
      const order = { actor, reason, controlVersion }
      const outcome = settled(await changeLimits(parts, portfolioId, Object.fromEntries(given), order), portfolioId)
      const view = viewControl(outcome.control)
      if (outcome.kind === 'unchanged') return context.json(view, 200)
      return context.json(view, 202, { Location: locationOf(portfolioId, view.controlVersion), traceparent })
    })
    .openapi(close, async context => {
      const { portfolioId } = context.req.valid('param')
      const { traceparent, parts } = traced(context.req.header('traceparent'))
      const { control } = settled(await flatten(parts, portfolioId, context.req.valid('json')), portfolioId)
      const view = viewControl(control)
      return context.json(view, 202, { Location: locationOf(portfolioId, view.controlVersion), traceparent })
    })
    .openapi(readState, async context => {
      const { minControlVersion = 0n, waitMs } = context.req.valid('query')
      const found = await inForce(null, minControlVersion, waitMs, context.req.raw.signal)
      return context.json(viewTradingState(found?.every), 200)
    })
    .openapi(setState, async context => {
      const { tradingState, ...order } = context.req.valid('json')
      const { traceparent, parts } = traced(context.req.header('traceparent'))
      const outcome = settled(await setTradingState(parts, tradingState, order), null)
      const view = viewTradingState(outcome.control)
      if (outcome.kind === 'unchanged') return context.json(view, 200)
      const location = `/v1/trading-state?minControlVersion=${view.controlVersion}`
      return context.json(view, 202, { Location: location, traceparent })
    })
}

/** The outcome that has rules. Errors: Problem for every other one. */
function settled(outcome: ControlOutcome, portfolioId: string | null) {
  if (outcome.kind === 'absent') throw unknownPortfolio(portfolioId ?? '')
  if (outcome.kind === 'conflict') throw new Problem('conflict', `${outcome.reason}: read the rules and try again`)
  return outcome
}

function locationOf(portfolioId: string, controlVersion: string): string {
  return `/v1/portfolios/${encodeURIComponent(portfolioId)}/limits?minControlVersion=${controlVersion}`
}

function unknownPortfolio(portfolioId: string): Problem {
  return new Problem('not-found', `portfolio '${portfolioId}' has no limits: name it in the limits file and apply that`)
}
