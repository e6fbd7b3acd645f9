import type { Context, Span, SpanContext, Tracer } from '@opentelemetry/api'
import type { RawRecord } from '../../broker/port.ts'
import { type TaskId, taskName } from '../../definition/definition.ts'
import { messageOf } from '../../definition/errors.ts'
import { type Awaitable, type Header, isPromise } from '../../definition/record.ts'
import type { OpenTelemetry } from '../../http/open-telemetry.ts'
import { codeOf, rootCause } from '../../runtime/dead-letter.ts'
import type { Outcome } from '../../runtime/record-runner.ts'
import type { CommitTracing, TaskTracing } from '../../runtime/tracing.ts'
import { endFailed, markFailed, messagingAttributes } from './attributes.ts'
import { CommitSpans } from './commit-spans.ts'
import { contextOf, traceparentIn, withContext } from './trace-headers.ts'

/** A commit links to the spans of its records, up to OpenTelemetry's default limit. */
const linkLimit = 128

/** The record under way. */
interface UnderWay {
  readonly span: Span
  readonly context: Context
  readonly headers: readonly Header[]
  readonly traceparent: string
}

/** The spans of one task, told to OpenTelemetry. */
export class TaskSpans implements TaskTracing {
  readonly #api: OpenTelemetry
  readonly #tracer: Tracer
  readonly #task: TaskId
  readonly #group: string
  #underWay: UnderWay | undefined
  #processed: SpanContext[] = []
  #count = 0

  constructor(api: OpenTelemetry, tracer: Tracer, task: TaskId, group: string) {
    this.#api = api
    this.#tracer = tracer
    this.#task = task
    this.#group = group
  }

  /**
   * The producer's span is the parent, so that one trace holds the whole path of a record, and it is linked too, as the conventions ask
   * for. The span is active meanwhile: those of a user's own code become its children.
   */
  process(record: RawRecord, work: () => Awaitable<Outcome>): Awaitable<Outcome> {
    const { SpanKind, trace, context } = this.#api
    const { topic, partition, offset, value, headers } = record
    const parent = contextOf(this.#api, headers)
    const producer = trace.getSpanContext(parent)
    const attributes = {
      ...messagingAttributes('process', { topic, partition, group: this.#group }),
      'messaging.kafka.offset': offset,
      ...(value === null && { 'messaging.kafka.message.tombstone': true }),
      'millrace.task': taskName(this.#task),
    }
    const links = producer ? [{ context: producer }] : []
    const span = this.#tracer.startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes, links }, parent)
    const active = trace.setSpan(parent, span)
    this.#underWay = { span, context: active, headers, traceparent: traceparentIn(headers) }
    try {
      const running = context.with(active, work)
      if (!isPromise(running)) return this.#ended(span, running)
      return running.then(
        outcome => this.#ended(span, outcome),
        error => this.#threw(span, error),
      )
    } catch (error) {
      return this.#threw(span, error)
    }
  }

  attemptFailed(error: unknown, attempt: number): void {
    this.#underWay?.span.addEvent('attempt failed', { attempt, 'error.type': codeOf(error) })
  }

  deadLettered(error: unknown, code: string): void {
    const span = this.#underWay?.span
    if (span === undefined) return
    span.addEvent('dead letter', { code, 'exception.message': messageOf(rootCause(error)) })
    markFailed(span, error)
  }

  outgoing(headers: readonly Header[]): readonly Header[] {
    const now = this.#underWay
    if (now === undefined) return headers
    if (headers !== now.headers && traceparentIn(headers) !== now.traceparent) return headers
    return withContext(this.#api, headers, now.context)
  }

  commit(): CommitTracing | undefined {
    if (this.#count === 0) return undefined
    const spans = new CommitSpans(this.#api, this.#tracer, {
      task: this.#task,
      group: this.#group,
      records: this.#count,
      processed: this.#processed,
    })
    this.#processed = []
    this.#count = 0
    return spans
  }

  #ended(span: Span, outcome: Outcome): Outcome {
    this.#underWay = undefined
    if (outcome === 'done') {
      this.#count++
      if (this.#processed.length < linkLimit) this.#processed.push(span.spanContext())
    } else span.setAttribute('millrace.outcome', outcome)
    span.end()
    return outcome
  }

  #threw(span: Span, error: unknown): never {
    this.#underWay = undefined
    endFailed(span, error)
    throw error
  }
}
