import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { Unanswered } from '../store/outbox/outbox.ts'
import { messageOf, RetriableError, SerdeError, TopologyError } from '../topology/definition/errors.ts'
import { fieldProblem, problemText } from '../topology/definition/issue-words.ts'
import { BudgetExceeded } from './reads/read-errors.ts'

/** The kinds of problems: each is the last part of a problem's type, and has a status and a title. */
export const problemKinds = {
  'not-found': { status: 404, title: 'Not found' },
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict' },
  'too-old': { status: 409, title: 'The state is older than asked for' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'too-many': { status: 429, title: 'Too many at once' },
  internal: { status: 500, title: 'Internal error' },
  'not-ready': { status: 503, title: 'The state is not there yet' },
  unavailable: { status: 503, title: 'The database does not answer' },
  timeout: { status: 504, title: 'The time is over' },
} as const

/** A key of `problemKinds`. */
export type ProblemKind = keyof typeof problemKinds

/** Problem details, as every refusal is answered. Source: RFC 9457. */
export const problemView = z
  .object({
    type: z.string().openapi({ example: '/problems/not-found' }),
    title: z.string().openapi({ example: 'Not found' }),
    status: z.int().openapi({ example: 404 }),
    detail: z.string().openapi({ example: "no portfolio 'alpha' has been decided or traded" }),
    errors: z
      .array(z.object({ at: z.string(), problem: z.string() }))
      .optional()
      .openapi({ description: 'Everything that is wrong with the request.' }),
  })
  .openapi('Problem')

/** Thrown by a resource: ends the request as problem details. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly errors: readonly { readonly at: string; readonly problem: string }[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    kind: ProblemKind,
    detail: string,
    options: {
      errors?: readonly { readonly at: string; readonly problem: string }[]
      headers?: Record<string, string>
    } = {},
  ) {
    super(detail)
    this.kind = kind
    this.errors = options.errors
    this.headers = options.headers ?? {}
  }
}

/** 400 with every problem of one part of the request: `where` is `body`, `query`, `param` or `header`. */
export function invalidRequest(issues: readonly z.core.$ZodIssue[], input: unknown, where: string): Problem {
  const errors = issues.map(issue => {
    const { at, problem } = fieldProblem(issue, input)
    return { at: at || where, problem }
  })
  return new Problem('invalid-request', errors.map(problemText).join('; '), { errors })
}

/** Units: s. */
const retryAfter = { 'Retry-After': '1' }

/** 503 for stores that are being rebuilt or were never opened. */
export function notReady(stores: readonly string[]): Problem {
  return new Problem('not-ready', `being restored, or not opened yet: ${[...new Set(stores)].join(', ')}`, {
    headers: retryAfter,
  })
}

/** Any thrown error as a response. Only a defect of the gateway itself gives 500; it is logged, not shown. */
export function problemResponse(error: unknown, context: Context, report: (error: unknown) => void): Response {
  const problem = problemOf(error)
  if (problem.kind === 'internal' || error instanceof TopologyError) report(error)
  const { status, title } = problemKinds[problem.kind]
  const body = {
    type: `/problems/${problem.kind}`,
    title,
    status,
    detail: problem.message,
    ...(problem.errors && { errors: problem.errors }),
  }
  return context.json(body, status, {
    ...problem.headers,
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  })
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof SerdeError) return new Problem('invalid-request', messageOf(error))
  if (error instanceof BudgetExceeded || error instanceof Unanswered) return new Problem('timeout', messageOf(error))
  if (error instanceof RetriableError) return new Problem('unavailable', messageOf(error), { headers: retryAfter })
  // Postgres refuses the gateway's own user or database: the operator must correct it, and the gateway's log has the details.
  if (error instanceof TopologyError && error.code === 'CONFIG_INVALID')
    return new Problem('unavailable', 'the database refuses the gateway: its log has the reason', {
      headers: retryAfter,
    })
  if (error instanceof HTTPException && error.status === 400) return new Problem('invalid-request', error.message)
  return new Problem('internal', 'the gateway failed on this request: its log says why')
}
