import { sqlTableName } from '../../topology/definition/stores/naming.ts'
import type { PostgresClient } from './client.ts'
import { qualified, quoted } from './identifiers.ts'
import type { WantedTables } from './migration.ts'

/**
 * The grants that a worker's role lacks. What a worker needs where another role owns the tables:
 *
 *   usage on the schema
 *   select                          millrace_migration, millrace_store
 *   select, insert, update          millrace_checkpoint
 *   select, insert, update, delete  millrace_parked, and the table of each store
 */
export async function missingGrants(
  client: Pick<PostgresClient, 'request'>,
  { schema, stores }: WantedTables,
  role: string,
): Promise<readonly string[]> {
  const wanted = new Map([
    ['millrace_migration', ['select']],
    ['millrace_store', ['select']],
    ['millrace_checkpoint', ['select', 'insert', 'update']],
    ['millrace_parked', ['select', 'insert', 'update', 'delete']],
    ...stores.map(({ name }): [string, string[]] => [sqlTableName(name), ['select', 'insert', 'update', 'delete']]),
  ])
  const held = await client.request(
    `select lower(privilege_type), table_name from information_schema.role_table_grants
      where table_schema = $1::text and grantee = $2::text`,
    [schema, role],
  )
  const has = new Set(held.map(([right, table]) => `${right} ${table}`))
  const [usage] = await client.request(
    `select coalesce(has_schema_privilege($2::text, to_regnamespace($1::text)::oid, 'usage'), false)`,
    [quoted(schema), role],
  )
  return [
    ...(usage?.[0] === true ? [] : [`grant usage on schema ${quoted(schema)} to ${quoted(role)}`]),
    ...[...wanted]
      .filter(([table, rights]) => rights.some(right => !has.has(`${right} ${table}`)))
      .map(([table, rights]) => `grant ${rights.join(', ')} on ${qualified(schema, table)} to ${quoted(role)}`),
  ]
}
