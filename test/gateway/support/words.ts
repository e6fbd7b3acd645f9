import { Gauge } from 'prom-client'
import {
  createRoute,
  freshProblems,
  type GatewayExtension,
  idField,
  Problem,
  problemResponses,
  qualified,
  resource,
  waitParameter,
  z,
} from '../../../gateway/index.ts'
import { avro, string, topic, topology } from '../../../topology/index.ts'

/*
 * An application that counts the words of lines that are posted to it. Its routes are the example of GatewayExtension.
 */

const said = topic('said', {
  key: string,
  value: avro({
    type: 'record',
    name: 'Said',
    fields: [
      { name: 'eventId', type: 'string' },
      { name: 'line', type: 'string' },
    ],
  }),
  partitions: 2,
})

/** Its topology: one store, `word-counts`. */
export const words = topology('words', t => {
  t.stream(said)
    .flatMapValues(({ line }) => line.toLowerCase().match(/\w+/g) ?? [])
    .groupBy(word => word, { name: 'by-word', key: string, value: string })
    .count('word-counts')
})

const [wordCounts] = words.stores

const countView = z.object({ word: z.string(), count: z.string() }).openapi('Count')

const shouted = createRoute({
  method: 'get',
  path: '/v1/shouted/{word}',
  operationId: 'getShouted',
  tags: ['words'],
  summary: 'How often a word was said',
  request: { params: z.object({ word: idField }), query: z.strictObject({ waitMs: waitParameter }) },
  responses: {
    200: { description: 'The count.', content: { 'application/json': { schema: countView } } },
    ...freshProblems,
  },
})

const say = createRoute({
  method: 'post',
  path: '/v1/lines',
  operationId: 'postLine',
  tags: ['words'],
  summary: 'Say a line, once',
  request: {
    body: { required: true, content: { 'application/json': { schema: z.strictObject({ line: idField }) } } },
  },
  responses: {
    202: {
      description: 'It is on its way.',
      content: { 'application/json': { schema: z.object({ repeated: z.boolean() }) } },
    },
    ...problemResponses('invalid-request', 'body-too-large', 'unsupported-media-type', 'unavailable', 'timeout'),
  },
})

const lineTable = (schema: string) => qualified(schema, 'said_lines')

/** Its part of the gateway. */
export const wordGateway: GatewayExtension = {
  description: 'Lines in, counts of their words out.',
  posts: {
    topics: [said],
    tables: schema => [`create table if not exists ${lineTable(schema)} (line text primary key)`],
  },
  bodyPaths: ['/v1/lines'],
  routes: ({ reads, fresh, outbox, location }) => [
    resource().openapi(shouted, async context => {
      const { word } = context.req.valid('param')
      const { waitMs } = context.req.valid('query')
      const read = () => reads.storeRow(wordCounts!, [word.toLowerCase()])
      const found = await fresh(read, () => undefined, waitMs, context.req.raw.signal)
      if (!found?.row) throw new Problem('not-found', `nobody has said '${word}'`)
      return context.json({ word: word.toUpperCase(), count: String(found.row.value) }, 200)
    }),
    resource().openapi(say, async context => {
      const { line } = context.req.valid('json')
      const text = `insert into ${lineTable(location.schema)} values ($1::text) on conflict do nothing returning 1`
      const event = said.value.sql.toSql({ eventId: line, line }) as string
      const entry = { topic: said.name, key: line, eventId: line, event }
      return context.json({ repeated: !(await outbox.post({ text, parameters: [line] }, entry)) }, 202)
    }),
  ],
  pages: {
    folder: new URL('pages/', import.meta.url),
    pages: { '/': 'words.html' },
    assets: ['words.js'],
  },
  metrics(registry, { topology: { stores } }) {
    new Gauge({
      name: 'word_stores',
      help: 'Stores of words',
      registers: [registry],
      collect() {
        this.set(stores.length)
      },
    })
  },
}
