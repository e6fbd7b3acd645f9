import type { Attributes, Span } from '@opentelemetry/api'
import type { TopicPartition } from '../../broker/port.ts'
import { messageOf } from '../../definition/errors.ts'
import { codeOf, rootCause } from '../../runtime/dead-letter.ts'

/*
 * Names of the semantic conventions for messaging, and for Kafka (OpenTelemetry 1.45). A key or a value never stands in a span.
 */

/** The kinds of operations, and the operation that is one of each. */
const operationNames = { send: 'send', receive: 'poll', process: 'process', settle: 'commit' } as const

/** The attributes of an operation on a topic. */
export function messagingAttributes(
  type: keyof typeof operationNames,
  { topic, partition, group }: Partial<TopicPartition> & { readonly group?: string },
): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.type': type,
    'messaging.operation.name': operationNames[type],
    ...(topic !== undefined && { 'messaging.destination.name': topic }),
    ...(partition !== undefined && { 'messaging.destination.partition.id': String(partition) }),
    ...(group !== undefined && { 'messaging.consumer.group.name': group }),
  }
}

/** Ends a span as one that failed. */
export function endFailed(span: Span, error: unknown): void {
  markFailed(span, error)
  span.end()
}

/** Marks a span as one that failed, by the error's code. */
export function markFailed(span: Span, error: unknown): void {
  span.setAttribute('error.type', codeOf(error))
  span.setStatus({ code: 2, message: messageOf(rootCause(error)) })
}
