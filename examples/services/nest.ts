/*
 * A NestJS service that is a worker as well: it takes lines over HTTP, counts their words, and answers from the table.
 * Nest's decorators need `experimentalDecorators` in tsconfig.json; its classes are injected by token, so types of parameters are not needed.
 *
 *   npx tsx examples/services/nest.ts    shows it, on parts in memory
 */
import 'reflect-metadata'
import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  type INestApplication,
  Inject,
  Ip,
  Logger,
  Module,
  NotFoundException,
  type OnApplicationShutdown,
  Param,
  Post,
  ServiceUnavailableException,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { run, type StreamsApp } from 'millrace'
import { runsDirectly } from '../runs-directly.ts'
import { lines, wordCount } from '../word-count.ts'

/** The token by which the running topology is injected. */
const wordCountApp = Symbol('word-count')

@Controller()
class WordController {
  readonly #app: StreamsApp

  constructor(@Inject(wordCountApp) app: StreamsApp) {
    this.#app = app
  }

  @Post('lines')
  @HttpCode(202)
  async take(@Ip() from: string, @Body() body: { line: string }): Promise<void> {
    await this.#app.send(lines, from, body.line)
  }

  @Get('counts/:word')
  async count(@Param('word') word: string): Promise<{ word: string; count: string }> {
    const count = await this.#app.store('word-counts').get(word)
    if (count === undefined) throw new NotFoundException()
    return { word, count: String(count) }
  }

  @Get('metrics')
  @Header('content-type', 'text/plain')
  metrics(): Promise<string> {
    return this.#app.prometheus()
  }

  @Get('readyz')
  ready(): { state: string } {
    const { state } = this.#app
    if (state !== 'running') throw new ServiceUnavailableException({ state })
    return { state }
  }
}

@Module({
  providers: [{ provide: wordCountApp, useFactory: () => run(wordCount) }],
  controllers: [WordController],
})
class WordModule implements OnApplicationShutdown {
  readonly #app: StreamsApp

  constructor(@Inject(wordCountApp) app: StreamsApp) {
    this.#app = app
  }

  /** Nest calls it when no more requests come in: what was processed is committed, and the groups are left. */
  onApplicationShutdown(): Promise<void> {
    return this.#app.stop()
  }
}

/** The service, not yet listening. Closing it, or a signal, stops the topology. */
export async function wordService(): Promise<INestApplication> {
  const service = await NestFactory.create(WordModule, { logger: ['error', 'warn'] })
  service.enableShutdownHooks()
  // A service whose application has given up must not look healthy.
  const { failed } = service.get<StreamsApp>(wordCountApp)
  failed.then(error => new Logger('word-count').error(error)).finally(() => service.close())
  return service
}

if (runsDirectly(import.meta.url)) {
  const service = await wordService()
  await service.listen(0, '127.0.0.1')
  const address = await service.getUrl()
  await fetch(`${address}/lines`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ line: 'To be, or not to be' }),
  })
  const asked = async () => (await fetch(`${address}/counts/be`)).text()
  let answer = await asked()
  // The two may come in a commit each.
  while (!answer.includes('"2"')) {
    await new Promise(resolve => setTimeout(resolve, 20))
    answer = await asked()
  }
  console.log(answer)
  await service.close()
}
