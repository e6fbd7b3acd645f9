import {
  createRoute,
  freshProblems,
  type GatewayExtension,
  idField,
  Problem,
  resource,
  waitParameter,
  z,
} from 'millrace/gateway'
import { wordCount } from './word-count.ts'

const wordCounts = wordCount.stores.find(({ name }) => name === 'word-counts')!
const countView = z.object({ word: z.string(), count: z.string() }).openapi('Count')

const said = createRoute({
  method: 'get',
  path: '/v1/said/{word}',
  request: { params: z.object({ word: idField }), query: z.strictObject({ waitMs: waitParameter }) },
  responses: {
    200: { description: 'The count.', content: { 'application/json': { schema: countView } } },
    ...freshProblems,
  },
})

export const wordGateway: GatewayExtension = {
  description: 'How often each word was said.',
  routes: ({ reads, fresh }) => [
    resource().openapi(said, async context => {
      const { word } = context.req.valid('param')
      const { waitMs } = context.req.valid('query')
      const read = () => reads.storeRow(wordCounts, [word])
      const found = await fresh(read, () => undefined, waitMs, context.req.raw.signal)
      if (!found?.row) throw new Problem('not-found', `nobody has said '${word}'`)
      return context.json({ word, count: String(found.row.value) }, 200)
    }),
  ],
}
