import type { Sql } from 'postgres'
import { readAllCheckpoints, schemasWith } from '../../store/queries.ts'
import type { Broker } from '../../topology/broker/port.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { changelogTopic } from '../../topology/definition/naming.ts'
import { type Finding, wrong } from './finding.ts'

/**
 * Whether database and cluster belong together: no checkpoint is past its changelog's end, none is without offsets of its group, and
 * the tables are in this schema.
 */
export async function checkIdentity(graph: TopologyGraph, broker: Broker, sql: Sql, schema: string) {
  const application = graph.definition.name
  const checkpoints = await readAllCheckpoints(sql, application, schema)
  const findings: Finding[] = []
  const stores = graph.subtopologies.flatMap(sub => sub.stores.map(store => ({ sub, store: store.name })))
  const elsewhere = checkpoints.length === 0 && stores.length > 0 ? await schemasWith(sql, application) : []
  for (const name of elsewhere)
    findings.push(
      wrong(`schema '${schema}'`, `has no table of '${application}', and schema '${name}' has`, 'set MILLRACE_SCHEMA'),
    )
  for (const { sub, store } of stores) {
    const topic = changelogTopic(application, store)
    const own = checkpoints.filter(each => each.store === store && each.offset !== undefined)
    const [spec] = await broker.admin.describeTopics([topic])
    const places = own.map(({ partition }) => ({ topic, partition }))
    const known = places.filter(({ partition }) => partition < (spec?.partitions ?? 0))
    const ends = await broker.admin.listOffsets(known, 'committed')
    for (const { partition, offset } of own) {
      const at = known.findIndex(each => each.partition === partition)
      const end = at < 0 ? 0 : ends[at]!
      if (offset! > end)
        findings.push(
          wrong(
            `store '${store}' partition ${partition}`,
            `its table holds the changelog up to ${offset}, and topic '${topic}' ${at < 0 ? 'does not have that partition' : `ends at ${end}`}: another cluster's database, or a truncated topic`,
            'compare KAFKA_BROKERS and DATABASE_URL, and see CHECKPOINT_AHEAD in ops/runbooks/worker-stopped.md',
          ),
        )
    }
    const inputs = [...sub.inputs]
    for (const { partition } of own) {
      const offsets = await broker.admin.committedOffsets(
        sub.group,
        inputs.map(input => ({ topic: input, partition })),
      )
      if (offsets.every(offset => offset === undefined))
        findings.push(
          wrong(
            `store '${store}' partition ${partition}`,
            `its table has state, and group '${sub.group}' has no offsets: they expired, or it is another cluster`,
            'see CHECKPOINT_WITHOUT_OFFSETS in ops/runbooks/worker-stopped.md',
          ),
        )
    }
  }
  return { said: `${checkpoints.length} checkpoints of '${application}'`, findings }
}
