import { type AppParts, buildApp } from '../../../gateway/app.ts'
import type { Reads } from '../../../gateway/reads/reads.ts'
import { int64, string } from '../../../schemas/serdes.ts'
import type { Outbox } from '../../../store/outbox/outbox.ts'
import type { Clock } from '../../../topology/definition/clock.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { stubReads } from './stub-reads.ts'

/** A store of another topology: the gateway serves any. */
export const wordCounts = keyValueStore('word-counts', { key: string, value: int64 })

type OutboxStub = Pick<Outbox, 'post' | 'read' | 'status'>

/** What an empty outbox answers. */
export const emptyOutbox: OutboxStub = {
  post: async () => true,
  read: async () => [],
  status: async () => ({ pending: 0, oldestPendingMs: null, published: 4, lastPublishedMs: 120, epoch: 1, led: true }),
}

/** The gateway's routes over stubs, and what they reported as defects. */
export function stubApp(
  more: {
    readonly reads?: Partial<Reads>
    readonly outbox?: Partial<OutboxStub>
    readonly clock?: Clock
    readonly topology?: AppParts['topology']
  } = {},
) {
  const defects: unknown[] = []
  const closing = new AbortController()
  const app = buildApp({
    reads: stubReads(more.reads),
    outbox: { ...emptyOutbox, ...more.outbox },
    schema: 'public',
    topology: more.topology ?? { stores: [wordCounts] },
    clock: more.clock ?? systemClock,
    closing: closing.signal,
    report: error => defects.push(error),
  })
  return { app, defects, closing }
}

/** A clock whose sleeps are over at once, and have taken their time. */
export function steppedClock(): Clock & { readonly slept: number } {
  let slept = 0
  return {
    ...systemClock,
    now: () => slept,
    sleep: async ms => {
      slept += ms
    },
    get slept() {
      return slept
    },
  }
}

/** Sends JSON. */
export function send(path: string, method: string, body: unknown): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return new Request(`http://gateway${path}`, {
    method,
    body: text,
    headers: { 'Content-Type': 'application/json' },
  })
}
