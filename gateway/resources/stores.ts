import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { TopologyDefinition } from '../../topology/definition/definition.ts'
import { SerdeError } from '../../topology/definition/errors.ts'
import type { AnyStore } from '../../topology/definition/store.ts'
import { type FreshRead, waitParameter } from '../freshness.ts'
import { invalidRequest, Problem } from '../problem.ts'
import type { StoreReads } from '../reads/store-reads.ts'
import { type ChangelogOffsets, fieldsOf } from '../reads/store-row.ts'
import { sample } from '../samples/sample.ts'
import { timeField, timeText } from '../views/fields.ts'
import { resource } from './resource.ts'
import { freshProblems, problemResponses } from './responses.ts'

/** The parts that the resource of stores works with. */
interface StoreParts {
  readonly reads: StoreReads
  readonly fresh: FreshRead
  readonly topology: Pick<TopologyDefinition, 'stores'>
}

/** A row that the documentation shows as an example. */
export interface StoreExample {
  readonly store: string
  /** The parts of its key. Shape: `['alpha-01', 'XNAS:MSFT']`. */
  readonly key: readonly string[]
}

const usualExample: StoreExample = { store: 'daily-counts', key: ['be', '2010/03/01'] }

const columnView = z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })
const offsetsView = z.record(z.string(), z.string()).openapi({
  description: 'By partition: the rows include every change before this changelog offset.',
  example: { 'word-counts-0': '17' },
})

const rowView = z
  .object({
    key: z.unknown().openapi({ description: 'The key, or its parts when it has several.', example: 'be' }),
    value: z.unknown().openapi({ description: 'The value, or an object of its columns.', example: '2' }),
    timestamp: timeField.openapi({ description: 'Event time of the record that wrote it.' }),
    asOf: offsetsView,
  })
  .openapi('StoreRow')

const listRoute = ({ store }: StoreExample) =>
  createRoute({
    method: 'get',
    path: '/v1/stores',
    operationId: 'listStores',
    tags: ['stores'],
    summary: 'The stores of the topology: their columns, and how far they are',
    responses: {
      200: {
        description: 'By name.',
        content: { 'application/json': { schema: storesView(store), example: sample('stores') } },
      },
      ...problemResponses('unavailable', 'timeout'),
    },
  })

const storesView = (example: string) =>
  z
    .object({
      items: z.array(
        z.object({
          name: z.string().openapi({ example }),
          type: z.string().openapi({ example: 'table' }),
          key: z.array(columnView),
          value: z.array(columnView),
          asOf: offsetsView,
          restoring: z.array(z.int()).openapi({ description: 'Partitions that are being rebuilt.' }),
        }),
      ),
    })
    .openapi('Stores')

const freshness = {
  atLeast: z
    .string()
    .regex(/^[0-9]{1,9}:[0-9]{1,15}$/, "must be partition:offset, such as '0:17'")
    .transform(text => text.split(':').map(Number) as [number, number])
    .optional()
    .openapi({
      type: 'string',
      pattern: '^[0-9]{1,9}:[0-9]{1,15}$',
      description: "The rows include the changelog before this offset: 'partition:offset'.",
      example: '0:17',
    }),
  waitMs: waitParameter,
}

const query = z.strictObject(freshness)

const textForm = '^[^\\u0000]*$'

/** The parts of a key, each a parameter of its own: `key=alpha-01&key=XNAS:MSFT`. */
const keyParameter = z
  .union([z.string(), z.array(z.string())])
  .transform(given => (typeof given === 'string' ? [given] : given))
  .refine(parts => parts.length <= 16, 'a key has 16 parts at most')
  .refine(parts => parts.every(part => [...part].length <= 1_000), 'a part may have 1000 characters')
  .refine(parts => parts.every(part => !part.includes('\0') && part.isWellFormed()), 'must be text without NUL')
const partsRoute = ({ store, key }: StoreExample) =>
  createRoute({
    method: 'get',
    path: '/v1/stores/{store}',
    operationId: 'getStoreRow',
    tags: ['stores'],
    summary: 'A row of any store, by the parts of its key',
    description: `One \`key\` for each column, in their order: \`/v1/stores/${store}?${key.map(part => `key=${encodeURIComponent(part)}`).join('&')}\`.`,
    request: {
      params: z.object({ store: z.string().openapi({ example: store }) }),
      query: z.strictObject({
        key: keyParameter.openapi({
          type: 'array',
          items: { type: 'string', maxLength: 1_000, pattern: textForm },
          minItems: 1,
          maxItems: 16,
          description: 'The parts of the key.',
          example: [...key],
        }),
        ...freshness,
      }),
    },
    responses: {
      200: {
        description: 'The row.',
        content: { 'application/json': { schema: rowView, example: sample('store-row') } },
      },
      ...freshProblems,
    },
  })

const rowRoute = ({ store, key }: StoreExample) =>
  createRoute({
    method: 'get',
    path: '/v1/stores/{store}/{key}',
    operationId: 'getStoreRowByPath',
    tags: ['stores'],
    summary: 'A row of any store, by its path',
    description: `A key of several columns is given as several segments, which OpenAPI cannot say, so clients that are made from it use \`/v1/stores/{store}?key=\`; each percent-encoded: \`/v1/stores/${[store, ...key].map(encodeURIComponent).join('/')}\`.`,
    request: {
      params: z.object({
        store: z.string().openapi({ example: store }),
        key: z
          .string()
          .openapi({ description: 'The key; several segments when it has several columns.', example: key[0] }),
      }),
      query,
    },
    responses: {
      200: {
        description: 'The row.',
        content: { 'application/json': { schema: rowView, example: sample('store-row') } },
      },
      ...freshProblems,
    },
  })

/** `/v1/stores` and `/v1/stores/{store}/{key}`. */
export function storeResource(
  { reads, fresh, topology }: StoreParts,
  example: StoreExample = usualExample,
): OpenAPIHono {
  const stores = new Map(topology.stores.map(store => [store.name, store]))
  const app = resource().openapi(listRoute(example), async context => {
    const checkpoints = await reads.checkpoints(topology.stores)
    const items = topology.stores.map(store =>
      viewStore(
        store,
        checkpoints.filter(one => one.store === store.name),
      ),
    )
    return context.json({ items }, 200)
  })
  const row = async (
    context: Context,
    name: string,
    keys: readonly string[],
    { atLeast, waitMs }: z.output<typeof query>,
  ) => {
    const definition = stores.get(name)
    if (!definition) throw new Problem('not-found', `the topology has no store '${name}'`)
    const answer = await fresh(
      () => reads.storeRow(definition, keys).catch(refuseKey),
      value => storeLag(name, value?.asOf, atLeast),
      waitMs,
      context.req.raw.signal,
    )
    if (!answer?.row) throw new Problem('not-found', `store '${name}' has no row of this key`)
    const { key, value, timestamp, asOf } = answer.row
    return context.json({ key, value, timestamp: timeText(timestamp), asOf }, 200)
  }
  app.openapi(partsRoute(example), context => {
    const { key, ...freshness } = context.req.valid('query')
    return row(context, context.req.valid('param').store, key, freshness)
  })
  app.openAPIRegistry.registerPath(rowRoute(example))
  // The pattern of a key with several segments has no form in OpenAPI, so the route is documented above and mounted here.
  app.get('/v1/stores/:store/:key{.+}', context =>
    row(context, context.req.param('store'), keySegments(context.req.url), parseQuery(context.req.query())),
  )
  return app
}

/** The raw path is split before it is decoded: a part may hold an encoded slash. */
function keySegments(url: string): readonly string[] {
  const [, , , , ...segments] = new URL(url).pathname.split('/')
  try {
    return segments.map(decodeURIComponent)
  } catch {
    throw new Problem('invalid-request', 'the key is not percent-encoded UTF-8: encode each segment')
  }
}

/** A key that is not one of the store's has no row. */
function refuseKey(error: unknown): never {
  throw error instanceof SerdeError ? new Problem('not-found', error.message) : error
}

function parseQuery(given: Readonly<Record<string, string>>): z.output<typeof query> {
  const parsed = query.safeParse(given)
  if (parsed.success) return parsed.data
  throw invalidRequest(parsed.error.issues, given, 'query')
}

function storeLag(
  store: string,
  asOf: ChangelogOffsets | undefined,
  atLeast: readonly [number, number] | undefined,
): string | undefined {
  if (!atLeast) return undefined
  const [partition, offset] = atLeast
  const reached = asOf?.[`${store}-${partition}`]
  return reached !== undefined && Number(reached) >= offset
    ? undefined
    : `partition ${partition} is at ${reached ?? 'no offset that this row has'}, asked for ${offset}`
}

function viewStore(store: AnyStore, checkpoints: Awaited<ReturnType<StoreReads['checkpoints']>>) {
  const fieldOf = fieldsOf(store)
  const columns = (of: AnyStore['key']) =>
    of.columns.map(column => ({ name: fieldOf(column), type: column.sql.pg, nullable: column.nullable ?? false }))
  const known = checkpoints.filter(one => one.offset !== undefined)
  return {
    name: store.name,
    type: store.type,
    key: columns(store.key),
    value: columns(store.value),
    asOf: Object.fromEntries(known.map(({ partition, offset }) => [`${store.name}-${partition}`, String(offset)])),
    restoring: checkpoints.filter(one => one.restoring).map(({ partition }) => partition),
  }
}
