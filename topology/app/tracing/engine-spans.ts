import type { Link, ProxyTracerProvider, Tracer } from '@opentelemetry/api'
import type { FetchedPartition, TopicPartition } from '../../broker/port.ts'
import type { TaskId } from '../../definition/definition.ts'
import type { Header } from '../../definition/record.ts'
import { type OpenTelemetry, registeredApi } from '../../http/open-telemetry.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import type { TaskTracing, Tracing } from '../../runtime/tracing.ts'
import { endFailed, messagingAttributes } from './attributes.ts'
import { TaskSpans } from './task-spans.ts'
import { contextOf, withContext } from './trace-headers.ts'

/** Links of one span. Source: OpenTelemetry's default limit for links of a span. */
const linkLimit = 128

/** The end of a program waits for its last spans to leave at most so long. Units: ms. */
const flushTimeoutMs = 2_000

/** Tells the engine's spans to OpenTelemetry. */
export class EngineSpans implements Tracing {
  readonly #api: OpenTelemetry
  readonly #tracer: Tracer

  constructor(api: OpenTelemetry) {
    this.#api = api
    this.#tracer = api.trace.getTracer('millrace')
  }

  /** A span of its own, linked to the producers of the records: these are of many traces. */
  received(group: string, { topic, partition, records }: FetchedPartition, began: number): void {
    const { SpanKind, trace, ROOT_CONTEXT } = this.#api
    const links: Link[] = []
    for (const { headers } of records) {
      if (links.length === linkLimit) break
      const context = trace.getSpanContext(contextOf(this.#api, headers))
      if (context) links.push({ context })
    }
    const attributes = {
      ...messagingAttributes('receive', { topic, partition, group }),
      'messaging.batch.message_count': records.length,
    }
    const options = { kind: SpanKind.CLIENT, attributes, links, startTime: began }
    this.#tracer.startSpan(`poll ${topic}`, options, ROOT_CONTEXT).end()
  }

  ofTask(task: TaskId, group: string): TaskTracing {
    return new TaskSpans(this.#api, this.#tracer, task, group)
  }

  /** Sends in a span, whose trace the record's headers carry on. A record that has a trace already keeps it as its parent. */
  async sending<T>(
    place: TopicPartition,
    headers: readonly Header[],
    send: (headers: readonly Header[]) => Promise<T>,
  ): Promise<T> {
    const { SpanKind, context, trace } = this.#api
    const active = context.active()
    const parent = trace.getSpan(active) === undefined ? contextOf(this.#api, headers) : active
    const options = { kind: SpanKind.PRODUCER, attributes: messagingAttributes('send', place) }
    const span = this.#tracer.startSpan(`send ${place.topic}`, options, parent)
    try {
      const sent = await send(withContext(this.#api, headers, trace.setSpan(parent, span)))
      span.end()
      return sent
    } catch (error) {
      endFailed(span, error)
      throw error
    }
  }

  /** Lets the SDK export the spans that it still holds: a process that is told to end would take them with it. Errors: none. */
  async flush(): Promise<void> {
    const provider = this.#api.trace.getTracerProvider()
    const registered = 'getDelegate' in provider ? (provider as ProxyTracerProvider).getDelegate() : provider
    if (!('forceFlush' in registered)) return
    const flushed = (registered as { forceFlush(): Promise<void> }).forceFlush().catch(() => {})
    await Promise.race([flushed, systemClock.sleep(flushTimeoutMs)])
  }
}

/** The engine's spans where an OpenTelemetry SDK is registered in this process. Else undefined, and nothing is loaded. */
export async function registeredSpans(): Promise<EngineSpans | undefined> {
  const api = await registeredApi()
  return api && new EngineSpans(api)
}
