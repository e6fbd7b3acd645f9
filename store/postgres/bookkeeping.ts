import { qualified } from './identifiers.ts'

/*
 * The project's own tables beside the stores'. They are made by plain SQL, not by drizzle's migrator: they are in a schema
 * that is chosen at run time, as the stores' tables do, whose columns are known only when a topology is loaded.
 *
 *   millrace_migration   the steps of this file that a schema has had
 *   millrace_store       the application and store that a table belongs to
 *   millrace_parked      the tasks that are set apart, as their owners have said
 *   millrace_checkpoint  one row for each store and partition: its owner, and the changes that its rows include (C2, C5)
 */

/** Names of the bookkeeping tables in a schema. */
export interface Bookkeeping {
  readonly migrations: string
  readonly stores: string
  readonly checkpoints: string
  readonly parked: string
}

/** The bookkeeping tables of a schema, quoted. */
export function bookkeeping(schema: string): Bookkeeping {
  return {
    migrations: qualified(schema, 'millrace_migration'),
    stores: qualified(schema, 'millrace_store'),
    checkpoints: qualified(schema, 'millrace_checkpoint'),
    parked: qualified(schema, 'millrace_parked'),
  }
}

/** Makes the table that records which steps a schema has had. */
export function createMigrations(schema: string): string {
  return `create table if not exists ${bookkeeping(schema).migrations} (
       version integer primary key, applied_at timestamptz not null default now())`
}

/** The steps, oldest first; each is one statement and runs once. Never change one that was released: add another. */
export function steps(schema: string): readonly string[] {
  const { stores, checkpoints, parked } = bookkeeping(schema)
  return [
    `create table if not exists ${stores} (
       table_name text collate "C" primary key,
       application text collate "C" not null,
       store text collate "C" not null)`,
    `create table if not exists ${checkpoints} (
       application text collate "C" not null,
       store text collate "C" not null,
       partition integer not null,
       epoch bigint not null,
       changelog_offset bigint,
       restoring boolean not null,
       written_at bigint not null,
       primary key (application, store, partition)) with (fillfactor = 50)`,
    `create table if not exists ${parked} (
       application text collate "C" not null,
       task text collate "C" not null,
       owner text not null,
       code text not null,
       reason text not null,
       since bigint not null,
       noted_at timestamptz not null default now(),
       primary key (application, task))`,
  ]
}
