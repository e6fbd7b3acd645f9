/*
 * A Fastify service that is a worker as well: it takes lines over HTTP, counts their words, and answers from the table.
 *
 *   npx tsx examples/services/fastify.ts    shows it, on parts in memory
 */
import fastify, { type FastifyInstance } from 'fastify'
import { run } from 'millrace'
import { runsDirectly } from '../runs-directly.ts'
import { lines, wordCount } from '../word-count.ts'

/** The service. Closing it commits what was processed and leaves the groups. */
export async function wordService(): Promise<FastifyInstance> {
  const app = await run(wordCount)
  const counts = app.store('word-counts')
  const service = fastify()
  service.addHook('onClose', () => app.stop())
  // A service whose application has given up must not look healthy.
  app.failed.then(error => service.log.error(error)).finally(() => service.close())

  service.post<{ Body: { line: string } }>('/lines', async (request, reply) => {
    await app.send(lines, request.ip, request.body.line)
    return reply.code(202).send()
  })
  service.get<{ Params: { word: string } }>('/counts/:word', async ({ params }, reply) => {
    const count = await counts.get(params.word)
    return count === undefined ? reply.code(404).send() : { word: params.word, count: String(count) }
  })
  service.get('/metrics', async (_, reply) => reply.type('text/plain').send(await app.prometheus()))
  service.get('/readyz', (_, reply) => reply.code(app.state === 'running' ? 200 : 503).send({ state: app.state }))
  return service
}

if (runsDirectly(import.meta.url)) {
  const service = await wordService()
  await service.inject({ method: 'POST', url: '/lines', payload: { line: 'To be, or not to be' } })
  let answer = await service.inject('/counts/be')
  // The two may come in a commit each.
  while (answer.statusCode === 404 || answer.json().count !== '2') {
    await new Promise(resolve => setTimeout(resolve, 20))
    answer = await service.inject('/counts/be')
  }
  console.log(answer.body)
  await service.close()
}
