import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AnyJson } from '../../support/any-json.ts'

/** A server between a browser and a gateway: it can be cut, stay away, or answer some paths itself. */
export interface Front {
  readonly url: string
  /** Answers of its own, by path with query. They go before the gateway's. */
  readonly answers: Map<string, AnyJson>
  /** Ends all connections, and answers 503 to what comes, until `back`. */
  cut(): void
  back(): void
  close(): Promise<void>
}

/** Opens it in front of a gateway's address. */
export async function openFront(target: string): Promise<Front> {
  const answers = new Map<string, AnyJson>()
  let away = false
  const server = createServer((asked, answer) => {
    const own = answers.get(asked.url ?? '')
    if (away) return reply(answer, 503, { detail: 'away' })
    if (own !== undefined) return reply(answer, 200, own)
    pass(asked, answer, target)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    cut() {
      away = true
      server.closeAllConnections()
    },
    back() {
      away = false
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function reply(answer: ServerResponse, status: number, body: AnyJson): void {
  answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

function pass(asked: IncomingMessage, answer: ServerResponse, target: string): void {
  const onward = request(
    `${target}${asked.url}`,
    { method: asked.method, headers: asked.headers, agent: false },
    given => {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      given.pipe(answer)
    },
  )
  onward.on('error', () => answer.destroy())
  answer.on('close', () => onward.destroy())
  asked.pipe(onward)
}
