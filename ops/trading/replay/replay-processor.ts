import trading from '../../../processors/trading.ts'
import { buildGraph } from '../../../topology/index.ts'
import {
  type Bound,
  onServers,
  openDatabase,
  type ReplayedRows,
  readerOf,
  refuseMembers,
  replayRows,
  restoreRows,
} from '../../commands.ts'

/** A window of a topic, and the processor that is to run it again. */
interface ProcessorReplay {
  readonly topic: string
  readonly processor: string | undefined
  readonly from: Bound
  readonly to: Bound
  readonly apply: boolean
  readonly json: boolean
}

/**
 * `replay --from-topic=... --processor=...`: runs all that a processor has processed through it again in a shadow, and compares the rows
 * that the window changed with its tables. Exit code 1: some differ (after `--apply`: some could not be restored).
 * Errors: as `replayRows`; TopologyError CONFIG_INVALID for `--apply` while the processor runs, before anything is read.
 */
export async function replayProcessor({ topic, processor, from, to, apply, json }: ProcessorReplay): Promise<void> {
  const graph = buildGraph(trading)
  const sub = readerOf({ graph, topic, processor })
  await onServers('replay', ['kafka', 'registry', 'postgres'], async (parts, { postgres, schema }) => {
    if (apply) await refuseMembers(sub, parts.broker.admin)
    const sql = await openDatabase(postgres)
    try {
      const found = await replayRows({ graph, topic, processor: sub.name, from, to, parts, sql, schema })
      const restored = apply ? await restoreRows(graph, found, parts) : []
      if (json) console.log(JSON.stringify({ ...found, restored }))
      else print(found, restored, apply)
      const left = apply ? found.differences.filter(({ restorable }) => !restorable) : found.differences
      if (left.length > 0) process.exitCode = 1
    } finally {
      await sql.end()
    }
  })
}

function print(
  { processor, records, rows, differences, moved }: ReplayedRows,
  restored: readonly Place[],
  apply: boolean,
) {
  for (const { store, key, column, shadow, live } of differences)
    console.log(`${store} ${key}  ${column}\n  shadow ${shadow}\n  live   ${live}`)
  const found = differences.length === 0 ? 'the tables are the same' : `${differences.length} differences`
  console.log(`${records} records in the window, ${rows} rows of '${processor}' that they changed: ${found}`)
  if (moved && differences.length > 0)
    console.log(`'${processor}' has processed more meanwhile: what differs may be that, so run it again at rest`)
  const stuck = differences.filter(({ restorable }) => !restorable)
  if (stuck.length > 0)
    console.log(
      `${stuck.length} differences are in the changelog, too, so that a restore does not cure them: the records were processed by another ` +
        `version, or in another order; 'millrace state reset ${processor}' starts it anew`,
    )
  if (!apply && differences.length > stuck.length)
    console.log(
      `${differences.length - stuck.length} differ from their changelog: --apply restores them, while no worker runs '${processor}'`,
    )
  for (const { store, partition } of restored)
    console.log(
      `emptied partition ${partition} of '${store}': '${processor}' restores it from its changelog when it starts`,
    )
}

type Place = { readonly store: string; readonly partition: number }
