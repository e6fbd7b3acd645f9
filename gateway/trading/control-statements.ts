import { qualified, type Statement } from '../index.ts'

/*
 * The rules that were asked for at run time, one row a scope (a portfolio, or all of them), and the versions of limits files that were
 * applied. A row is written together with its entries in the outbox; it is the newest request, published or not.
 */

/** Makes the tables, one statement each. */
export function createControls(schema: string): readonly string[] {
  return [
    `create table if not exists ${controlTable(schema)} (
       scope text collate "C" primary key,
       control_version bigint not null,
       control jsonb not null,
       changed_at timestamptz not null default now())`,
    `create table if not exists ${fileTable(schema)} (
       limits_version integer primary key,
       fingerprint text not null,
       applied_at timestamptz not null default now())`,
  ]
}

/** The newest rules that were asked for in a scope. Row: `[event]`. */
export function selectControl(schema: string, scope: string): Statement {
  return { text: `select control from ${controlTable(schema)} where scope = $1::text`, parameters: [scope] }
}

/** Puts rules if `asked` is the newest version that was asked for; 0: none. Returns a row when it did. */
export function putControl(
  schema: string,
  row: { readonly scope: string; readonly asked: bigint; readonly version: bigint; readonly control: string },
): Statement {
  return {
    text: `insert into ${controlTable(schema)} as r (scope, control_version, control)
      select $1::text, $3::bigint, $4::text::jsonb
      on conflict (scope) do update
        set control_version = excluded.control_version, control = excluded.control, changed_at = now()
        where r.control_version = $2::bigint
      returning 1`,
    parameters: [row.scope, row.asked.toString(), row.version.toString(), row.control],
  }
}

/** Takes a version for the rules of a limits file. Row: the fingerprint of the rules that have it. */
export function takeFileVersion(schema: string, version: number, fingerprint: string): Statement {
  return {
    text: `insert into ${fileTable(schema)} as f (limits_version, fingerprint) values ($1::integer, $2::text)
      on conflict (limits_version) do update set fingerprint = f.fingerprint returning fingerprint`,
    parameters: [String(version), fingerprint],
  }
}

function controlTable(schema: string): string {
  return qualified(schema, 'posted_controls')
}

function fileTable(schema: string): string {
  return qualified(schema, 'applied_limits')
}
