import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { instrumentKey } from '../../../processors/domain/shared/keys.ts'
import type { Clock } from '../../../topology/index.ts'
import {
  type FreshRead,
  freshProblems,
  idField,
  longParameter,
  Problem,
  problemResponses,
  resource,
  traceparentHeader,
  traceparentOf,
  waitParameter,
} from '../../index.ts'
import type { TradingReads } from '../reads/trading-reads.ts'
import { changeInstrument, type Registration, type RegistrationParts, registerInstrument } from '../registration.ts'
import { sampled } from '../samples/sample.ts'
import { instrumentView, viewInstrument } from '../views/instrument-view.ts'
import { instrumentBody, instrumentChangeBody } from '../views/request-bodies.ts'
import { writeProblems } from './write-problems.ts'

/** The parts that the resource of instruments works with. */
interface InstrumentParts {
  readonly reads: Pick<TradingReads, 'instrument'>
  readonly fresh: FreshRead
  readonly registration: RegistrationParts
  readonly clock: Pick<Clock, 'random'>
}

const params = z.object({
  exchange: idField.openapi({ example: 'XNAS' }),
  instrumentId: idField.openapi({ example: 'MSFT' }),
})

const read = createRoute({
  method: 'get',
  path: '/v1/instruments/{exchange}/{instrumentId}',
  operationId: 'getInstrument',
  tags: ['instruments'],
  summary: 'An instrument as instrument-risk holds it: what signals are decided by',
  request: {
    params,
    query: z.strictObject({
      minVersion: longParameter('instrument-risk has applied at least this version.'),
      waitMs: waitParameter,
    }),
  },
  responses: {
    200: {
      description: 'The applied version.',
      content: sampled('instrument', instrumentView),
    },
    ...freshProblems,
  },
})

const accepted = {
  description:
    'The version is recorded, and its event is on its way. `Location` answers once instrument-risk has applied it.',
  headers: z.object({ Location: z.string(), traceparent: traceparentHeader }),
  content: sampled('instrument', instrumentView),
}
const unchanged = {
  description: 'The instrument has these terms already: no event.',
  content: sampled('instrument', instrumentView),
}

const register = createRoute({
  method: 'post',
  path: '/v1/instruments',
  operationId: 'registerInstrument',
  tags: ['instruments'],
  summary: 'Register an instrument',
  request: { body: { required: true, content: { 'application/json': { schema: instrumentBody } } } },
  responses: { 200: unchanged, 201: accepted, ...problemResponses(...writeProblems) },
})

const change = createRoute({
  method: 'patch',
  path: '/v1/instruments/{exchange}/{instrumentId}',
  operationId: 'changeInstrument',
  tags: ['instruments'],
  summary: 'Change an instrument: enable, disable, limits',
  request: { params, body: { required: true, content: { 'application/json': { schema: instrumentChangeBody } } } },
  responses: { 200: unchanged, 202: accepted, ...problemResponses('not-found', ...writeProblems) },
})

/** `/v1/instruments` and `/v1/instruments/{exchange}/{instrumentId}`. */
export function instrumentResource({ reads, fresh, registration, clock }: InstrumentParts): OpenAPIHono {
  return resource()
    .openapi(read, async context => {
      const { exchange, instrumentId } = context.req.valid('param')
      const { minVersion = 0n, waitMs } = context.req.valid('query')
      const row = await fresh(
        () => reads.instrument(instrumentKey(exchange, instrumentId)),
        value => {
          const version = value?.instrumentVersion ?? 0n
          return version < minVersion ? `instrumentVersion is ${version}, asked for ${minVersion}` : undefined
        },
        waitMs,
        context.req.raw.signal,
      )
      if (!row) throw unknownInstrument(exchange, instrumentId)
      return context.json(viewInstrument(row), 200)
    })
    .openapi(register, async context => {
      const traceparent = traceparentOf(context.req.header('traceparent'), clock)
      const outcome = await registerInstrument({ ...registration, traceparent }, context.req.valid('json'))
      if (outcome.kind === 'unchanged') return context.json(viewInstrument(outcome.instrument), 200)
      const { instrument } = registered(outcome)
      return context.json(viewInstrument(instrument), 201, { Location: locationOf(instrument), traceparent })
    })
    .openapi(change, async context => {
      const { exchange, instrumentId } = context.req.valid('param')
      const changes = given(context.req.valid('json'))
      const traceparent = traceparentOf(context.req.header('traceparent'), clock)
      const outcome = await changeInstrument({ ...registration, traceparent }, exchange, instrumentId, changes)
      if (outcome.kind === 'unchanged') return context.json(viewInstrument(outcome.instrument), 200)
      if (outcome.kind === 'absent') throw unknownInstrument(exchange, instrumentId)
      const { instrument } = registered(outcome)
      return context.json(viewInstrument(instrument), 202, { Location: locationOf(instrument), traceparent })
    })
}

/** The outcome that made an event. Errors: Problem for every other one. */
function registered(outcome: Registration): Extract<Registration, { kind: 'registered' }> {
  switch (outcome.kind) {
    case 'registered':
      return outcome
    case 'invalid':
      // Each field is of its form, so it is the terms together that cannot be: the given ones, or they and those that stand.
      throw new Problem('conflict', outcome.problems.join('; '), {
        errors: outcome.problems.map(problem => ({ at: 'instrument', problem })),
      })
    case 'exists': {
      const { exchange, instrumentId, instrumentVersion } = outcome.instrument
      throw new Problem(
        'conflict',
        `${exchange} ${instrumentId} is registered with other terms (version ${instrumentVersion}): PATCH it`,
      )
    }
    default:
      throw new Problem('conflict', 'others change this instrument at the same moment: try again')
  }
}

type Given<T> = { -readonly [N in keyof T]?: Exclude<T[N], undefined> }

/** The body without the fields that are not given. */
function given<T extends object>(body: T): Given<T> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Given<T>
}

function locationOf(of: {
  readonly exchange: string
  readonly instrumentId: string
  readonly instrumentVersion: bigint
}) {
  const path = [of.exchange, of.instrumentId].map(encodeURIComponent).join('/')
  return `/v1/instruments/${path}?minVersion=${of.instrumentVersion}`
}

function unknownInstrument(exchange: string, instrumentId: string): Problem {
  return new Problem('not-found', `no instrument '${instrumentId}' of exchange '${exchange}' is registered`)
}
