import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import { type FindLetters, idField, letterView, Problem, problemResponses, resource } from '../../index.ts'
import type { TradingReads } from '../reads/trading-reads.ts'
import { fingerprintOf, identityTextOf, postedSignal, type RegistrationParts } from '../registration.ts'
import { sampled } from '../samples/sample.ts'

/** The parts that the status of signals works with. */
interface StatusParts {
  readonly reads: Pick<TradingReads, 'decision'>
  readonly registration: Pick<RegistrationParts, 'outbox' | 'schema'>
  readonly letters: FindLetters | undefined
}

const view = z
  .object({
    portfolioId: z.string().openapi({ example: 'alpha-01' }),
    idempotencyKey: z.string(),
    state: z.enum(['PENDING', 'DECIDED', 'DEAD_LETTERED']).openapi({
      description: 'DEAD_LETTERED: it was not decided, or its key had been decided for another request.',
    }),
    fingerprint: z.string().nullable().openapi({ description: 'Of the posted request; null: it came another way.' }),
    outcome: z.enum(['APPROVED', 'REJECTED']).nullable().openapi({ description: 'Of this request.' }),
    reasonCode: z.string().nullable(),
    reason: z.string().nullable(),
    decisionId: z.string().nullable(),
    deadLetters: z.array(letterView).nullable().openapi({
      description: 'Null: the gateway was not asked to look, or knows no Kafka.',
    }),
  })
  .openapi('SignalStatus')

const route = createRoute({
  method: 'get',
  path: '/v1/portfolios/{portfolioId}/signals/{idempotencyKey}',
  operationId: 'getSignal',
  tags: ['signals'],
  summary: 'The status of a signal: on its way, decided, or a dead letter',
  request: {
    params: z.object({
      portfolioId: idField.openapi({ example: 'alpha-01' }),
      idempotencyKey: idField.openapi({ example: 'ma-2-5:MSFT:2010-03-01' }),
    }),
  },
  responses: {
    200: { description: 'As far as it has come.', content: sampled('signal-status', view) },
    ...problemResponses('not-found', 'invalid-request', 'unavailable', 'timeout'),
  },
})

/** `/v1/portfolios/{portfolioId}/signals/{idempotencyKey}`. */
export function signalStatusResource({ reads, registration, letters }: StatusParts): OpenAPIHono {
  return resource().openapi(route, async context => {
    const { portfolioId, idempotencyKey } = context.req.valid('param')
    const posted = await postedSignal(registration, portfolioId, idempotencyKey)
    const reading = await reads.decision({ portfolioId, idempotencyKey })
    const decision = reading.kind === 'found' ? reading.value : undefined
    if (!posted && !decision)
      throw new Problem('not-found', `no signal of portfolio '${portfolioId}' has the key '${idempotencyKey}'`)
    const answers = decision !== undefined && (!posted || posted.fingerprint === fingerprintOfDecision(decision))
    // Dead-letter topics are read whole, so only for a signal that has no decision of its own.
    const found = answers || !posted ? undefined : await letters?.([posted.eventId])
    const dead = (decision !== undefined && !answers) || (found ?? []).some(({ state }) => state === 'open')
    const state = answers ? 'DECIDED' : dead ? 'DEAD_LETTERED' : 'PENDING'
    const own = answers ? decision : undefined
    return context.json(
      {
        portfolioId,
        idempotencyKey,
        state,
        fingerprint: posted?.fingerprint ?? null,
        outcome: own?.outcome ?? null,
        reasonCode: own?.reasonCode ?? (dead && decision ? 'IDEMPOTENCY_CONFLICT' : null),
        reason: own?.reason ?? (dead && decision ? 'the key was decided for another request' : null),
        decisionId: own?.decisionId ?? null,
        deadLetters: found ? [...found] : null,
      } as const,
      200,
    )
  })
}

function fingerprintOfDecision(decision: DecisionRow): string {
  return fingerprintOf(identityTextOf(decision))
}
