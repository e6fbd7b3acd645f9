// biome-ignore-all assist/source/organizeImports: the order is that of a reader who builds an application's gateway
/**
 * The public names of the gateway, listed by hand: opening it, and everything that an application's own routes need.
 */

// Opening one.
export { openGateway, openOutbox, openReads } from './gateway.ts'
export type { Gateway, GatewayDatabase, GatewayOptions } from './gateway.ts'

// Extending it.
export type { GatewayExtension, GatewayParts, PostedEvents } from './extension.ts'
export type { StaticPages } from './pages/pages.ts'
export type { StoreExample } from './resources/stores.ts'

// Routes. `createRoute` and `z` are those of @hono/zod-openapi, from the copy that the gateway itself uses.
export { createRoute, z } from '@hono/zod-openapi'
export type { OpenAPIHono } from '@hono/zod-openapi'
export { resource } from './resources/resource.ts'
export { unchanging } from './entity-tag.ts'
export { freshProblems, problemResponses } from './resources/responses.ts'
export { Problem } from './problem.ts'
export type { ProblemKind } from './problem.ts'

// Parameters and fields.
export {
  idField,
  isStorable,
  longParameter,
  pageParameters,
  timeInput,
  timeInputForm,
  timeParameter,
  wholeParameter,
} from './views/parameters.ts'
export { decimalField, decimalText, longField, timeField, timeText } from './views/fields.ts'
export { recordView, viewFields } from './views/record-view.ts'
export type { FieldAbout, RecordView, ViewField, ViewFields } from './views/record-view.ts'
export { cursorParameter, readCursor, seqForm, seqKey, textKey, writeCursor, writeTextKey } from './cursor.ts'
export { traceparentHeader, traceparentOf } from './traceparent.ts'

// Who may ask: tokens of operating routes, streams of a client.
export type { PortAccess } from '../topology/http/port-access.ts'
export type { Guard } from '../topology/http/guard.ts'
export type { EnterStream } from '../topology/http/streams.ts'

// Reads: of one moment, and new enough.
export type { Snapshot, Snapshots } from './reads/snapshot-pool.ts'
export type { Reading } from './reads/reading.ts'
export { unchanged } from './reads/unchanged.ts'
export type { Unchanged } from './reads/unchanged.ts'
export type { ReadParts, StoreReads } from './reads/store-reads.ts'
export type { ChangelogOffsets, StoreAnswer, StoreRow } from './reads/store-row.ts'
export { readCheckpoints, storesNotReady } from './reads/store-state.ts'
export type { Checkpoint, StoreLocation } from './reads/store-state.ts'
export { TablesMissing } from './reads/read-errors.ts'
export { freshRead, usualWaitMs, waitParameter } from './freshness.ts'
export type { FreshRead } from './freshness.ts'

// Dead letters.
export { letterView } from './letters.ts'
export type { FindLetters, FoundLetter } from './letters.ts'

// The outbox: rows and events written together, and their way to the topics.
export { AlreadyThere } from '../store/outbox/outbox.ts'
export type { Outbox, OutboxEntry, OutboxStatus } from '../store/outbox/outbox.ts'
export { startRelay } from '../store/outbox/relay.ts'
export type { OutboxRelay, RelayOptions } from '../store/outbox/relay.ts'
export { qualified } from '../store/postgres/identifiers.ts'
export { addIndex } from '../store/postgres/where-missing.ts'
export type { Statement } from '../store/postgres/row-statements.ts'
