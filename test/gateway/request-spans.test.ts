import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import * as assert from 'uvu/assert'
import type { OutboxEntry } from '../../store/outbox/outbox.ts'
import { activeTraceparent, registeredApi } from '../../topology/http/open-telemetry.ts'
import { suite } from '../support/suite.ts'
import { ask } from './support/ask.ts'
import { send } from './support/stub-app.ts'
import { signal } from './trading/support/pipeline-requests.ts'
import { stubTrading } from './trading/support/stub-app.ts'

const exporter = new InMemorySpanExporter()
// Example: W3C Trace Context, section 3.2.
const given = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

suite('spans of requests', test => {
  test('without an SDK nothing is loaded and nothing is active', async () => {
    assert.is(await registeredApi(), undefined)
    assert.is(activeTraceparent(), undefined)
  })

  test('a request is a span, which continues its caller, and from which what is posted continues', async () => {
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
    const entries: OutboxEntry[] = []
    const { app } = stubTrading({ outbox: { post: async (_, entry) => entries.push(entry) > 0 } })
    const post = send('/v1/signals', 'POST', signal('k1'))
    post.headers.set('traceparent', `00-${given.traceId}-${given.spanId}-01`)
    const { headers } = await ask(app, post)
    const [span] = exporter.getFinishedSpans()
    assert.is(span?.name, 'POST /v1/signals')
    assert.is(span?.parentSpanContext?.spanId, given.spanId)
    assert.equal(span?.attributes, {
      'http.request.method': 'POST',
      'url.path': '/v1/signals',
      'http.response.status_code': 202,
      'http.route': '/v1/signals',
    })
    const own = `00-${given.traceId}-${span?.spanContext().spanId}-01`
    assert.equal([entries[0]?.headers?.traceparent, headers.get('traceparent')], [own, own])
  })

  test('a request without a trace begins one, which is sampled', async () => {
    exporter.reset()
    const entries: OutboxEntry[] = []
    const { app } = stubTrading({ outbox: { post: async (_, entry) => entries.push(entry) > 0 } })
    await ask(app, send('/v1/signals', 'POST', signal('k2')))
    const [span] = exporter.getFinishedSpans()
    const { traceId, spanId } = span!.spanContext()
    assert.is(entries[0]?.headers?.traceparent, `00-${traceId}-${spanId}-01`)
    assert.is(span?.parentSpanContext, undefined)
  })
})
