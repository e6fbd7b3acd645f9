import type { NodeContext, NodeProcessor } from '../../definition/definition.ts'
import { ProcessorError } from '../../definition/errors.ts'
import { type Awaitable, chain, type FlowRecord, forEachInOrder, type Header } from '../../definition/record.ts'
import { atOnce } from '../functions.ts'

/*
 * Operators without state. Each is one node; `context.forward` is a direct call into the next.
 */

/** A function of a record, as the operators see it. */
export type RecordFunction = (value: unknown, key: unknown, record: FlowRecord) => unknown

type Create = (context: NodeContext) => NodeProcessor

/** Hands on the records for which the test says `keep`. */
export function filterRecords(test: RecordFunction, keep: boolean): Create {
  return context => ({
    process(record) {
      if (Boolean(atOnce(test(record.value, record.key, record))) === keep) return context.forward(record)
    },
  })
}

/** The key and the value, of which neither may be a promise. */
function pairAtOnce(pair: unknown): readonly [unknown, unknown] {
  const [key, value] = pair as readonly [unknown, unknown]
  return [atOnce(key), atOnce(value)]
}

/** Sets key and value. */
export function mapRecords(map: RecordFunction): Create {
  return context => ({
    process(record) {
      const [key, value] = pairAtOnce(atOnce(map(record.value, record.key, record)))
      return context.forward({ key, value, timestamp: record.timestamp, headers: record.headers })
    },
  })
}

/** Sets the value. */
export function mapRecordValues(map: RecordFunction): Create {
  return context => ({
    process(record) {
      const value = atOnce(map(record.value, record.key, record))
      return context.forward({ key: record.key, value, timestamp: record.timestamp, headers: record.headers })
    },
  })
}

/** Sets the key. */
export function selectRecordKey(select: RecordFunction): Create {
  return context => ({
    process(record) {
      const key = atOnce(select(record.value, record.key, record))
      return context.forward({ key, value: record.value, timestamp: record.timestamp, headers: record.headers })
    },
  })
}

/** Makes any number of records of one. */
export function flatMapRecords(map: RecordFunction): Create {
  return context => ({
    process(record) {
      const pairs = [...(atOnce(map(record.value, record.key, record)) as Iterable<readonly [unknown, unknown]>)]
      const { timestamp, headers } = record
      return forEachInOrder(pairs.map(pairAtOnce), ([key, value]) =>
        context.forward({ key, value, timestamp, headers }),
      )
    },
  })
}

/** Makes any number of values of one. */
export function flatMapRecordValues(map: RecordFunction): Create {
  return context => ({
    process(record) {
      const values = [...(atOnce(map(record.value, record.key, record)) as Iterable<unknown>)]
      const { key, timestamp, headers } = record
      return forEachInOrder(values.map(atOnce), value => context.forward({ key, value, timestamp, headers }))
    },
  })
}

/** A header whose value may be given as text, which is written in UTF-8. */
export interface HeaderText {
  readonly key: string
  readonly value: Uint8Array | string | null
}

/** Sets the headers. Errors: ProcessorError PROCESS_FAILED for what is no header. */
export function mapRecordHeaders(map: RecordFunction): Create {
  return context => ({
    process(record) {
      const headers = [...(atOnce(map(record.value, record.key, record)) as Iterable<HeaderText>)].map(headerOf)
      return context.forward({ ...record, headers })
    },
  })
}

function headerOf(header: HeaderText): Header {
  const { key, value } = header
  if (typeof key === 'string' && typeof value === 'string') return { key, value: Buffer.from(value) }
  if (typeof key === 'string' && (value === null || value instanceof Uint8Array)) return { key, value }
  throw new ProcessorError(
    'PROCESS_FAILED',
    'a header of mapHeaders has no text as its key, or another value than text, bytes or null: give { key, value }',
  )
}

/** Looks at each record and hands it on as it is. */
export function peekRecords(look: RecordFunction): Create {
  return context => ({
    process: record =>
      chain(look(record.value, record.key, record) as Awaitable<unknown>, () => context.forward(record)),
  })
}

/** Looks at each record, which goes no further. */
export function endWith(look: RecordFunction): Create {
  return () => ({
    process: record => chain(look(record.value, record.key, record) as Awaitable<unknown>, () => undefined),
  })
}

/** Hands each record to the first child whose test it passes, else to `rest`. */
export function splitRecords(
  branches: readonly (readonly [child: string, test: RecordFunction])[],
  rest: string,
): Create {
  return context => ({
    process(record) {
      const branch = branches.find(([, test]) => atOnce(test(record.value, record.key, record)))
      return context.forward(record, branch ? branch[0] : rest)
    },
  })
}
