import { createSchema, qualified } from '../postgres/identifiers.ts'
import { addColumn, addIndex } from '../postgres/where-missing.ts'

/*
 * Tables by which a program outside the topology writes events exactly once: its own row and the entry in one statement,
 * the record by the relay.
 *
 *   millrace_outbox        entries, in the order they go out; published_at says which have,
 *                          and since when: those are kept for a while and then removed. failure says why one cannot
 *                          be published; skipped_at, that an operator has given it up
 *   millrace_outbox_mark   per partition: every entry published before this offset is marked as published
 *   millrace_outbox_relay  one row: which relay leads (epoch), and until when (lease)
 */

/** Names of the outbox's tables in a schema, quoted. */
export interface OutboxTables {
  readonly entries: string
  readonly marks: string
  readonly relay: string
}

const entriesName = 'millrace_outbox'

/** The tables of a schema. */
export function outboxTables(schema: string): OutboxTables {
  return {
    entries: qualified(schema, entriesName),
    marks: qualified(schema, 'millrace_outbox_mark'),
    relay: qualified(schema, 'millrace_outbox_relay'),
  }
}

/** Makes the tables and indexes that are missing, one statement each; to be run one at a time in a database. */
export function createOutbox(schema: string): readonly string[] {
  const { entries, marks, relay } = outboxTables(schema)
  return [
    createSchema(schema),
    `create table if not exists ${entries} (
       id bigint generated always as identity primary key,
       topic text collate "C" not null,
       key text collate "C" not null,
       event_id text collate "C" not null unique,
       event jsonb not null,
       headers jsonb not null default '{}',
       posted_at timestamptz not null default now(),
       published_at timestamptz,
       failure text,
       skipped_at timestamptz)`,
    // Tables of before they had these columns.
    addColumn(schema, entriesName, 'failure', 'text'),
    addColumn(schema, entriesName, 'skipped_at', 'timestamptz'),
    addIndex(schema, entriesName, 'millrace_outbox_pending', '(id) where published_at is null'),
    addIndex(
      schema,
      entriesName,
      'millrace_outbox_stuck',
      '(topic, key, id) where failure is not null and published_at is null and skipped_at is null',
    ),
    addIndex(schema, entriesName, 'millrace_outbox_published', '(published_at) where published_at is not null'),
    `create table if not exists ${marks} (
       topic text collate "C", partition integer, position bigint not null, primary key (topic, partition))`,
    `create table if not exists ${relay} (
       id integer primary key default 1 check (id = 1),
       epoch bigint not null,
       leased_until timestamptz not null)`,
    `insert into ${relay} (epoch, leased_until) values (0, '-infinity') on conflict do nothing`,
  ]
}
