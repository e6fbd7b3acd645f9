import type { BrokerAdmin } from '../../topology/broker/port.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import type { Subtopology } from '../../topology/definition/graph.ts'

/**
 * Refuses what must not happen under a running worker, before anything is touched. `otherwise` is a further way for the message.
 * Errors: TopologyError CONFIG_INVALID when the group of the processor has members.
 */
export async function refuseMembers(
  { name, group }: Pick<Subtopology, 'name' | 'group'>,
  admin: BrokerAdmin,
  otherwise?: string,
): Promise<void> {
  const [found] = await admin.describeGroups([group])
  const count = found?.members.length ?? 0
  if (count === 0) return
  const remedy = `stop the workers of '${name}' first${otherwise === undefined ? '' : `, ${otherwise}`}`
  throw new TopologyError(
    'CONFIG_INVALID',
    `group '${group}' has ${count === 1 ? 'a member' : `${count} members`} running: ${remedy}`,
  )
}
