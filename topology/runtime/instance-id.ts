import { TopologyError } from '../definition/errors.ts'

/** Kafka's own rule, with room for the application's name. Source: `JoinGroupRequest.validateGroupInstanceId` of Kafka. */
export const instanceIdPattern = /^[A-Za-z0-9._-]{1,150}$/

/**
 * The name under which groups know a process across its restarts (KIP-345), with the application before it: two applications that
 * share a group by mistake never take each other's places. Shape: `'trading.worker-0'`.
 *
 * Errors: TopologyError CONFIG_INVALID for characters that Kafka does not take.
 */
export function groupInstanceId(application: string, instanceId: string): string {
  if (instanceIdPattern.test(instanceId)) return `${application}.${instanceId}`
  throw new TopologyError(
    'CONFIG_INVALID',
    `the instance id '${instanceId}' is malformed: use 1 to 150 letters, digits, dots, dashes and underscores`,
  )
}
