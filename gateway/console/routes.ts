import { readdirSync, readFileSync } from 'node:fs'
import { z } from '@hono/zod-openapi'
import { type Context, Hono } from 'hono'
import {
  errorCodeOf,
  MillraceError,
  messageOf,
  RetriableError,
  TopologyError,
} from '../../topology/definition/errors.ts'
import type { Guard } from '../../topology/http/guard.ts'
import { pagePolicy } from '../../topology/http/security-headers.ts'
import type { EnterStream } from '../../topology/http/streams.ts'
import { invalidRequest, Problem, problemResponse } from '../problem.ts'
import { requestBodies } from '../request-bodies.ts'
import type { ConsoleData } from './console-data.ts'
import { lineStream } from './line-stream.ts'

const folder = new URL('page/', import.meta.url)
const headers = { 'Content-Security-Policy': pagePolicy, 'Cache-Control': 'no-cache' } as const
const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** The parts of a port that the console uses. */
export interface ConsolePort {
  readonly guard: Guard
  readonly enterStream: EnterStream
  /** True: a token is set, so that the console may write. */
  readonly writes: boolean
  /** Is called with each defect. */
  readonly report: (error: unknown) => void
}

/**
 * The console at `/console`: its page and files are open, everything that it reads needs the token where one is set, and what it
 * writes is refused without one.
 */
export function consoleRoutes(data: ConsoleData, { guard, enterStream, writes, report }: ConsolePort): Hono {
  const app = new Hono()
  app.onError((error, context) => problemResponse(asProblem(error), context, report))
  for (const [path, { type, body }] of files())
    app.get(path, context => context.body(body, 200, { ...headers, 'Content-Type': type }))
  app.use('/console/data/*', guard.operating)
  app.use('/console/write/*', guard.operatorsOnly, requestBodies())

  app.get('/console/data/topology', context =>
    context.json({ ...data.topology, writes, produces: writes && data.produce !== undefined }),
  )
  const stream = (context: Context, subscribe: (write: (line: object) => void) => () => void) => {
    const leave = enterStream(context)
    if (!leave) throw new Problem('too-many', 'this client has as many streams open as it may: close one first')
    return lineStream(context, data.closing, subscribe, leave)
  }
  app.get('/console/data/live', context => stream(context, write => data.watch(write)))
  app.get('/console/data/tail', context => {
    const topic = context.req.query('topic') ?? ''
    if (!data.topology.kafka || !data.topology.topics.some(({ name }) => name === topic))
      throw new Problem('not-found', `the topology has no topic '${topic}'`)
    return stream(context, write => data.tail(topic, records => write({ records })))
  })
  app.get('/console/data/stores/:store', async context => {
    const store = context.req.param('store')
    if (!data.topology.stores.some(({ name }) => name === store))
      throw new Problem('not-found', `the topology has no store '${store}'`)
    const query = context.req.queries()
    return context.json(
      await data.rows(store, { ...(query.after && { after: query.after }), ...(query.key && { key: query.key }) }),
    )
  })
  app.get('/console/data/letters', async context => context.json(await data.letters()))

  app.post('/console/write/letters', async context => {
    const { places, ...verdict } = await bodyOf(context, letterBody)
    const settled = await data.settle(
      places,
      verdict.state === 'retried' ? { state: 'retried' } : { state: 'dropped', reason: verdict.reason ?? '' },
    )
    return context.json({ settled })
  })
  app.post('/console/write/records', async context => {
    if (!data.produce) throw new Problem('not-found', 'records are produced by the console of millrace dev alone')
    const { topic, key, value } = await bodyOf(context, recordBody)
    await data.produce(topic, key, value).catch(error => {
      throw error instanceof RetriableError ? error : new Problem('invalid-request', messageOf(error))
    })
    return context.json({ produced: true })
  })
  return app
}

const letterBody = z
  .strictObject({
    places: z.array(z.string()).min(1).max(1_000),
    state: z.enum(['retried', 'dropped']),
    reason: z.string().max(1_000).optional(),
  })
  .refine(({ state, reason }) => state === 'retried' || (reason ?? '').trim() !== '', {
    path: ['reason'],
    message: 'say why they are dropped',
  })
const recordBody = z.strictObject({ topic: z.string(), key: z.string(), value: z.string() })

async function bodyOf<S extends z.ZodType>(context: Context, schema: S): Promise<z.output<S>> {
  const given: unknown = await context.req.json().catch(() => undefined)
  const read = schema.safeParse(given)
  if (read.success) return read.data
  throw invalidRequest(read.error.issues, given, 'body')
}

/** Errors of a request's own making, which the user is told; others are answered as everywhere. */
function asProblem(error: unknown): unknown {
  if (error instanceof TopologyError) return new Problem('invalid-request', error.message)
  if (error instanceof MillraceError && errorCodeOf(error) === 'ENCODE_FAILED')
    return new Problem('invalid-request', messageOf(error))
  return error
}

/** The page and its files, by path. */
function files(): ReadonlyMap<string, { readonly type: string; readonly body: string }> {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
  const assets = readdirSync(folder).filter(name => name !== 'console.html')
  return new Map([
    ['/console', { type: 'text/html; charset=utf-8', body: read('console.html') }],
    ...assets.map(name => [`/console/${name}`, { type: types[name.split('.').at(-1)!]!, body: read(name) }] as const),
  ])
}
