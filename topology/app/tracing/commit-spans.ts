import type { Context, Span, SpanContext, Tracer } from '@opentelemetry/api'
import { type TaskId, taskName } from '../../definition/definition.ts'
import type { OpenTelemetry } from '../../http/open-telemetry.ts'
import type { CommitTracing } from '../../runtime/tracing.ts'
import { endFailed, messagingAttributes } from './attributes.ts'

/** The records of a commit, and the task that commits them. */
interface Committed {
  readonly task: TaskId
  readonly group: string
  readonly records: number
  /** The spans in which they were processed, or the first of them. */
  readonly processed: readonly SpanContext[]
}

/**
 * The two spans of a commit: `commit` for the Kafka transaction, `apply` for the rows that go to Postgres after it. A commit of one record
 * stands in the trace of that record; one of several is a trace of its own. Either is linked to the spans of its records.
 */
export class CommitSpans implements CommitTracing {
  readonly #api: OpenTelemetry
  readonly #tracer: Tracer
  readonly #task: TaskId
  readonly #context: Context
  #span: Span

  constructor(api: OpenTelemetry, tracer: Tracer, { task, group, records, processed }: Committed) {
    const { SpanKind, trace, ROOT_CONTEXT } = api
    this.#api = api
    this.#tracer = tracer
    this.#task = task
    const attributes = {
      ...messagingAttributes('settle', { group }),
      'messaging.destination.partition.id': String(task.partition),
      'messaging.batch.message_count': records,
      'millrace.task': taskName(task),
    }
    const links = processed.map(context => ({ context }))
    const [first] = processed
    const parent = records === 1 && first ? trace.setSpanContext(ROOT_CONTEXT, first) : ROOT_CONTEXT
    this.#span = tracer.startSpan(`commit ${group}`, { kind: SpanKind.CLIENT, attributes, links }, parent)
    this.#context = trace.setSpan(parent, this.#span)
  }

  acknowledged(): void {
    this.#span.end()
    const attributes = { 'db.system.name': 'postgresql', 'millrace.task': taskName(this.#task) }
    const options = { kind: this.#api.SpanKind.CLIENT, attributes }
    this.#span = this.#tracer.startSpan(`apply ${this.#task.subtopology}`, options, this.#context)
  }

  applied(rows: number): void {
    this.#span.setAttribute('millrace.rows', rows)
    this.#span.end()
  }

  failed(error: unknown): void {
    endFailed(this.#span, error)
  }
}
