import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A span as OTLP/HTTP carries it in JSON. Source: opentelemetry-proto 1.x, `trace.proto`, with ids in hex. */
interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: unknown }[] }
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[]
  }[]
}

suite('the example of OpenTelemetry', test => {
  test('exports the spans of a program over OTLP/HTTP, also those of its last commit', async () => {
    const received: OtlpRequest['resourceSpans'][number][] = []
    const collector = createServer(async (request, response) => {
      assert.is(request.url, '/v1/traces')
      received.push(...((await json(request)) as OtlpRequest).resourceSpans)
      response.setHeader('content-type', 'application/json').end('{}')
    })
    await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
    const { port } = collector.address() as AddressInfo
    const program = ['--import', 'tsx', '--import', './examples/services/opentelemetry.ts', 'examples/in-app.ts']
    const env = {
      ...process.env,
      OTEL_SERVICE_NAME: 'word-count',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    }
    const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root, env })
    await new Promise(resolve => collector.close(resolve))

    assert.match(stdout, /'be' +│ 2n/, 'the program does what it does without')
    const services = received.map(
      ({ resource }) => resource.attributes.find(({ key }) => key === 'service.name')?.value,
    )
    assert.equal(new Set(services.map(value => JSON.stringify(value))), new Set(['{"stringValue":"word-count"}']))
    const ours = received.flatMap(({ scopeSpans }) => scopeSpans).filter(({ scope }) => scope.name === 'millrace')
    const spans = ours.flatMap(one => one.spans)
    const line = spans.find(({ name }) => name === 'process lines')
    const words = spans.filter(({ name }) => name === 'process word-count-by-word-repartition')
    // "To be, or not to be": six words, each processed in the trace of its line.
    assert.equal(
      words.map(({ traceId, parentSpanId }) => [traceId, parentSpanId]),
      Array(6).fill([line?.traceId, line?.spanId]),
    )
    const applied = spans.filter(({ name }) => name.startsWith('apply '))
    assert.ok(applied.length > 0, 'the last commit')
  })
})
