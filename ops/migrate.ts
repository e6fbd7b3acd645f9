import { Command } from 'commander'
import { withMigration } from '../store/postgres/migration.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { jsonOption } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { serversInUse } from './command-line/servers.ts'

interface MigrateFlags {
  readonly topology?: string
  readonly apply: boolean
  readonly views: boolean
  readonly grantTo?: string
  readonly json?: boolean
}

/**
 * `migrate`: prints the statements that the tables of a topology's stores lack in Postgres, and runs them with `--apply`. A worker does
 * the same when it starts; where the tables are made before, by a user of their own, its user needs no right to change them.
 * Exit code 1: statements are missing and were not run.
 */
export function migrateCommand(): Command {
  return new Command('migrate')
    .option('--topology <file>', topologyHelp)
    .option('--apply', 'run the statements; without this they are only printed', false)
    .option('--views', 'also a view of each store, with its times as timestamps', false)
    .option('--grant-to <role>', 'also grant what a worker needs to the role that workers connect as')
    .addOption(jsonOption())
    .action(run)
}

async function run({ topology, apply, views, grantTo, json }: MigrateFlags): Promise<void> {
  const graph = buildGraph(await loadTopology(topology))
  const { postgres, schema = 'public' } = await serversInUse('migrate', ['postgres'])
  const wanted = {
    schema,
    application: graph.definition.name,
    stores: graph.subtopologies.flatMap(sub => sub.stores),
    views,
    ...(grantTo !== undefined && { grantTo }),
  }
  const statements = await withMigration({ url: postgres, clock: systemClock }, wanted, migration =>
    apply ? migration.apply() : migration.plan(),
  )
  if (json) console.log(JSON.stringify({ application: wanted.application, schema, applied: apply, statements }))
  else for (const statement of statements) console.log(`${apply ? 'done: ' : ''}${oneLine(statement)};`)
  if (!json && statements.length === 0) console.log(`schema '${schema}' has all that '${wanted.application}' needs`)
  if (!apply && statements.length > 0) process.exitCode = 1
}

/** The statement without its line breaks, so that a line of the output is a statement. */
function oneLine(statement: string): string {
  return statement.replace(/\s*\n\s*/g, ' ').trim()
}
