import { type AppParts, buildApp } from '../../../gateway/app.ts'
import type { GatewayExtension } from '../../../gateway/extension.ts'
import type { FindLetters } from '../../../gateway/letters.ts'
import type { StoreReads } from '../../../gateway/reads/store-reads.ts'
import type { Outbox } from '../../../store/outbox/outbox.ts'
import type { Clock } from '../../../topology/definition/clock.ts'
import { int64, string } from '../../../topology/definition/serdes/primitives.ts'
import { keyValueStore } from '../../../topology/definition/stores/key-value.ts'
import type { PortAccess } from '../../../topology/http/port-access.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'

/** The store of a topology that counts words. */
export const wordCounts = keyValueStore('word-counts', { key: string, value: int64 })

/** The part of an outbox that routes use. */
export type OutboxStub = Pick<Outbox, 'post' | 'read' | 'status' | 'led'>

/** The answers of an empty outbox. */
export const emptyOutbox: OutboxStub = {
  post: async () => true,
  read: async () => [],
  led: async () => true,
  status: async () => ({
    pending: 0,
    stuck: 0,
    oldestPendingMs: null,
    published: 4,
    lastPublishedMs: 120,
    epoch: 1,
    led: true,
  }),
}

const at = Date.parse('2010-03-01T14:30:00.000Z')

/** Reads of a store that has the word 'be' and nothing else. `more` takes the place of some. */
export function stubStoreReads(more: Partial<StoreReads> = {}): StoreReads {
  return {
    storeRow: async (_, [key]) => {
      const asOf = { 'word-counts-0': '17' }
      const row = key === 'be' ? { key, value: '2', timestamp: at, asOf } : undefined
      return { kind: 'found', value: { row, asOf } }
    },
    checkpoints: async stores =>
      stores.map(({ name }) => ({ store: name, partition: 0, offset: '17', restoring: false })),
    ping: async () => {},
    ...more,
  }
}

/** Stubs that take the place of the usual ones. */
export interface Stubs {
  readonly reads?: Partial<StoreReads>
  readonly outbox?: Partial<OutboxStub>
  readonly clock?: Clock
  readonly topology?: AppParts['topology']
  readonly extension?: GatewayExtension
  readonly access?: PortAccess
  readonly letters?: FindLetters
}

const noDatabase = () => Promise.reject(new Error('these stubs have no database'))

/** The gateway's routes over stubs, and the errors that they reported as defects. */
export function stubApp(more: Stubs = {}) {
  const defects: unknown[] = []
  const closing = new AbortController()
  const parts: AppParts = {
    reads: stubStoreReads(more.reads),
    snapshots: { read: noDatabase, statement: noDatabase },
    location: { application: 'word-count', schema: 'public' },
    outbox: { ...emptyOutbox, ...more.outbox },
    topology: more.topology ?? { stores: [wordCounts] },
    clock: more.clock ?? systemClock,
    closing: closing.signal,
    report: error => defects.push(error),
    ...(more.access && { access: more.access }),
    letters: more.letters,
  }
  return { app: buildApp(parts, more.extension), defects, closing }
}

/** A clock whose sleeps are over at once, and have taken their time. */
export function steppedClock(): Clock & { readonly slept: number } {
  let slept = 0
  return {
    ...systemClock,
    now: () => slept,
    monotonic: () => slept,
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
