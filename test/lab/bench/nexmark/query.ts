import {
  json,
  type Stream,
  string,
  type TopologyDefinition,
  type TopologyScope,
  topic,
  topology,
} from '../../../../topology/index.ts'
import { type NexmarkTopics, nexmarkTopics } from './event.ts'
import { joinQueries } from './join-queries.ts'
import { statelessQueries } from './stateless-queries.ts'
import { tableQueries } from './table-queries.ts'
import { windowQueries } from './window-queries.ts'

/** A query over the topics. Its results are JSON under text keys. */
export type NexmarkQuery = (t: TopologyScope, topics: NexmarkTopics) => Stream<string, object>

/** All queries by their names in Nexmark. */
export const nexmarkQueries: Readonly<Record<string, NexmarkQuery>> = {
  ...statelessQueries,
  ...joinQueries,
  ...windowQueries,
  ...tableQueries,
}

/** The topic of a query's results. */
export const resultsTopic = (name: string) => topic(name, { key: string, value: json<object>() })

/** A query as a topology that writes to a topic. */
export function nexmarkTopology(
  query: string,
  { application = `nexmark-${query}`, prefix = 'nexmark', output = `nexmark-${query}-out` } = {},
): TopologyDefinition {
  const build = nexmarkQueries[query]
  if (build === undefined)
    throw new Error(`Nexmark has no query '${query}' here: use one of ${Object.keys(nexmarkQueries).join(', ')}`)
  return topology(application, t => {
    build(t, nexmarkTopics(prefix)).to(resultsTopic(output))
  })
}
