import type { Message } from './message.ts'

/** The instance of a static member (KIP-345), or null; it says of which member that the group knows another one takes the place. */
type Instance = string | null

/** The time that a member may be silent, and the time that a rebalance waits for it. Units: ms. */
export interface GroupTimeouts {
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

/** The answer to a JoinGroup. `members` is filled for the leader alone. */
interface Joined {
  readonly errorCode: number
  readonly generation: number
  readonly leader: string
  readonly memberId: string
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[]
}

/**
 * JoinGroup v5. It parks at the coordinator until every member has joined.
 *
 *     => group(STRING) session_timeout(INT32) rebalance_timeout(INT32) member(STRING) instance(STRING) protocol_type(STRING)
 *        [protocol(STRING) metadata(BYTES)]
 *     <= throttle(INT32) error(INT16) generation(INT32) protocol(STRING) leader(STRING) member(STRING)
 *        [member(STRING) instance(STRING) metadata(BYTES)]
 */
export function joinGroupRequest(
  group: string,
  timeouts: GroupTimeouts,
  { memberId, instanceId }: Pick<Membership, 'memberId' | 'instanceId'>,
  protocol: string,
  metadata: Buffer,
): Message<Joined> {
  return {
    api: 'JoinGroup',
    apiKey: 11,
    version: 5,
    encode(writer) {
      writer.string(group).int32(timeouts.sessionTimeoutMs).int32(timeouts.rebalanceTimeoutMs)
      writer.string(memberId).string(instanceId).string('consumer')
      writer.int32(1).string(protocol).bytes(metadata)
    },
    decode(reader) {
      reader.int32()
      const errorCode = reader.int16()
      const generation = reader.int32()
      reader.string()
      const leader = reader.string() ?? ''
      const memberId = reader.string() ?? ''
      const members = reader.array(() => {
        const memberId = reader.string() ?? ''
        reader.string()
        return { memberId, metadata: reader.bytes() ?? Buffer.alloc(0) }
      })
      return { errorCode, generation, leader, memberId, members }
    },
  }
}

/** A member's place in a generation, as each request of the group protocol repeats it. */
export interface Membership {
  readonly group: string
  readonly generation: number
  readonly memberId: string
  readonly instanceId: Instance
}

/**
 * SyncGroup v3. Only the leader sends assignments; every member gets its own.
 *
 *     => group(STRING) generation(INT32) member(STRING) instance(STRING) [member(STRING) assignment(BYTES)]
 *     <= throttle(INT32) error(INT16) assignment(BYTES)
 */
export function syncGroupRequest(
  { group, generation, memberId, instanceId }: Membership,
  assignments: readonly (readonly [memberId: string, assignment: Buffer])[],
): Message<{ readonly errorCode: number; readonly assignment: Buffer }> {
  return {
    api: 'SyncGroup',
    apiKey: 14,
    version: 3,
    encode(writer) {
      writer.string(group).int32(generation).string(memberId).string(instanceId)
      writer.array(assignments, (_, [memberId, assignment]) => writer.string(memberId).bytes(assignment))
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16(), assignment: reader.bytes() ?? Buffer.alloc(0) }
    },
  }
}

/**
 * Heartbeat v3.
 *
 *     => group(STRING) generation(INT32) member(STRING) instance(STRING)
 *     <= throttle(INT32) error(INT16)
 */
export function heartbeatRequest({
  group,
  generation,
  memberId,
  instanceId,
}: Membership): Message<{ readonly errorCode: number }> {
  return {
    api: 'Heartbeat',
    apiKey: 12,
    version: 3,
    encode(writer) {
      writer.string(group).int32(generation).string(memberId).string(instanceId)
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16() }
    },
  }
}

/**
 * LeaveGroup v2.
 *
 *     => group(STRING) member(STRING)
 *     <= throttle(INT32) error(INT16)
 */
export function leaveGroupRequest(group: string, memberId: string): Message<{ readonly errorCode: number }> {
  return {
    api: 'LeaveGroup',
    apiKey: 13,
    version: 2,
    encode(writer) {
      writer.string(group).string(memberId)
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16() }
    },
  }
}

/**
 * ListGroups v2: the groups that one node coordinates.
 *
 *     =>
 *     <= throttle(INT32) error(INT16) [group(STRING) protocol_type(STRING)]
 */
export function listGroupsRequest(): Message<{ readonly errorCode: number; readonly groups: readonly string[] }> {
  return {
    api: 'ListGroups',
    apiKey: 16,
    version: 2,
    encode() {},
    decode(reader) {
      reader.int32()
      const errorCode = reader.int16()
      const groups = reader.array(() => {
        const group = reader.string() ?? ''
        reader.string()
        return group
      })
      return { errorCode, groups }
    },
  }
}

/** A group as DescribeGroups answers it; `metadata` and `assignment` are those of its members' protocol. */
export interface DescribedGroup {
  readonly errorCode: number
  readonly group: string
  readonly state: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly clientHost: string
    readonly metadata: Buffer
    readonly assignment: Buffer
  }[]
}

/**
 * DescribeGroups v2, of groups that the node coordinates.
 *
 *     => [group(STRING)]
 *     <= throttle(INT32) [error(INT16) group(STRING) state(STRING) protocol_type(STRING) protocol(STRING)
 *          [member(STRING) client_id(STRING) client_host(STRING) metadata(BYTES) assignment(BYTES)]]
 */
export function describeGroupsRequest(groups: readonly string[]): Message<readonly DescribedGroup[]> {
  return {
    api: 'DescribeGroups',
    apiKey: 15,
    version: 2,
    encode(writer) {
      writer.array(groups, (_, group) => writer.string(group))
    },
    decode(reader) {
      const text = () => reader.string() ?? ''
      const bytes = () => reader.bytes() ?? Buffer.alloc(0)
      reader.int32()
      return reader.array(() => {
        const errorCode = reader.int16()
        const [group, state] = [text(), text()]
        text()
        text()
        const members = reader.array(() => ({
          memberId: text(),
          clientId: text(),
          clientHost: text(),
          metadata: bytes(),
          assignment: bytes(),
        }))
        return { errorCode, group, state, members }
      })
    },
  }
}
