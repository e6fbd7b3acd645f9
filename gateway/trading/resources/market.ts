import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { instrumentKey, instrumentOfKey } from '../../../processors/domain/shared/keys.ts'
import { MarketPriceRow } from '../../../schemas/trading/generated/market-price-row.ts'
import {
  type FreshRead,
  idField,
  Problem,
  pageParameters,
  problemResponses,
  readCursor,
  recordView,
  resource,
  textKey,
  usualWaitMs,
  viewFields,
  waitParameter,
  writeCursor,
  writeTextKey,
} from '../../index.ts'
import type { TradingReads } from '../reads/trading-reads.ts'
import { instrumentExamples, instrumentView, viewInstrument } from '../views/instrument-view.ts'
import { openParameter } from '../views/parameters.ts'

/** The parts that the lists of the market work with. */
interface MarketParts {
  readonly reads: Pick<TradingReads, 'instruments' | 'prices'>
  readonly fresh: FreshRead
}

const price = recordView(
  'MarketPrice',
  {
    exchange: {
      schema: z.string().openapi(instrumentExamples.exchange),
      show: (row: MarketPriceRow) => instrumentOfKey(row.instrumentKey).exchange,
    },
    instrumentId: {
      schema: z.string().openapi(instrumentExamples.instrumentId),
      show: (row: MarketPriceRow) => instrumentOfKey(row.instrumentKey).instrumentId,
    },
    ...viewFields(MarketPriceRow, { hidden: ['instrumentKey'] }),
  },
  { last: ['at', 'source'] },
)

/** The documentation of a page of such items. */
function listView<I extends z.ZodType>(item: I, name: string) {
  return z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().openapi({ description: 'The start of the next page; null: this is the last.' }),
    })
    .openapi(name)
}

const listProblems = problemResponses('invalid-request', 'not-ready', 'unavailable', 'timeout')

const instruments = createRoute({
  method: 'get',
  path: '/v1/instruments',
  operationId: 'listInstruments',
  tags: ['instruments'],
  summary: 'The instruments as instrument-risk holds them, by exchange and id',
  request: {
    query: z.strictObject({
      exchange: idField.optional().openapi({ example: 'XNAS' }),
      enabled: openParameter.openapi({ description: 'Enabled ones only, or disabled ones only.' }),
      ...pageParameters('instruments'),
    }),
  },
  responses: {
    200: {
      description: 'One page.',
      content: { 'application/json': { schema: listView(instrumentView, 'InstrumentPage') } },
    },
    ...listProblems,
  },
})

const prices = createRoute({
  method: 'get',
  path: '/v1/prices',
  operationId: 'listPrices',
  tags: ['instruments'],
  summary: 'The newest market price of each instrument that has one',
  request: { query: z.strictObject(pageParameters('prices')) },
  responses: {
    200: {
      description: 'One page.',
      content: { 'application/json': { schema: listView(price.schema, 'MarketPricePage') } },
    },
    ...listProblems,
  },
})

const one = createRoute({
  method: 'get',
  path: '/v1/prices/{exchange}/{instrumentId}',
  operationId: 'getPrice',
  tags: ['instruments'],
  summary: 'The newest market price of an instrument',
  request: {
    params: z.object({
      exchange: idField.openapi({ example: 'XNAS' }),
      instrumentId: idField.openapi({ example: 'MSFT' }),
    }),
    query: z.strictObject({ waitMs: waitParameter }),
  },
  responses: {
    200: { description: 'The price.', content: { 'application/json': { schema: price.schema } } },
    ...problemResponses('not-found', 'invalid-request', 'not-ready', 'unavailable', 'timeout'),
  },
})

/** `/v1/instruments` and `/v1/prices`, read. */
export function marketResource({ reads, fresh }: MarketParts): OpenAPIHono {
  return resource()
    .openapi(instruments, async context => {
      const { exchange, enabled, cursor, limit } = context.req.valid('query')
      const after = readCursor('instruments', cursor, textKey)
      const read = () => reads.instruments({ exchange, enabled }, { limit: limit + 1, after })
      const found = (await fresh(read, () => undefined, usualWaitMs, context.req.raw.signal)) ?? []
      return context.json(pageOf('instruments', found, limit, viewInstrument), 200)
    })
    .openapi(prices, async context => {
      const { cursor, limit } = context.req.valid('query')
      const after = readCursor('prices', cursor, textKey)
      const read = () => reads.prices(undefined, { limit: limit + 1, after })
      const found = (await fresh(read, () => undefined, usualWaitMs, context.req.raw.signal)) ?? []
      return context.json(pageOf('prices', found, limit, price.view), 200)
    })
    .openapi(one, async context => {
      const { exchange, instrumentId } = context.req.valid('param')
      const { waitMs } = context.req.valid('query')
      const read = () => reads.prices(instrumentKey(exchange, instrumentId), { limit: 1, after: undefined })
      const [row] = (await fresh(read, () => undefined, waitMs, context.req.raw.signal)) ?? []
      if (!row) throw new Problem('not-found', `instrument '${instrumentId}' of exchange '${exchange}' has no price`)
      return context.json(price.view(row), 200)
    })
}

/** One row more than requested was read, to know whether there is another page. */
function pageOf<Row extends { readonly instrumentKey: string }, View>(
  list: string,
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => View,
) {
  const last = rows.length > limit ? rows[limit - 1] : undefined
  const nextCursor = last === undefined ? null : writeCursor(list, writeTextKey(last.instrumentKey))
  return { items: rows.slice(0, limit).map(row => view(row)), nextCursor }
}
