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
 * JoinGroup v5 to v9. It parks at the coordinator until every member has joined. Since v9 a static member that is the leader may be told to
 * skip the assignment (KIP-814): then it is read as one that is not the leader, as before.
 *
 *     => group(STRING) session_timeout(INT32) rebalance_timeout(INT32) member(STRING) instance(STRING) protocol_type(STRING)
 *        [protocol(STRING) metadata(BYTES) TAGS] since 8: reason(STRING) TAGS
 *     <= throttle(INT32) error(INT16) generation(INT32) since 7: protocol_type(STRING) protocol(STRING) leader(STRING)
 *        since 9: skip_assignment(BOOLEAN) member(STRING) [member(STRING) instance(STRING) metadata(BYTES) TAGS] TAGS
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
    versions: [5, 9],
    flexibleFrom: 6,
    encode(writer, version) {
      writer.string(group).int32(timeouts.sessionTimeoutMs).int32(timeouts.rebalanceTimeoutMs)
      writer.string(memberId).string(instanceId).string('consumer')
      writer.array([protocol], (_, protocol) => writer.string(protocol).bytes(metadata).tags())
      if (version >= 8) writer.string(null)
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      const errorCode = reader.int16()
      const generation = reader.int32()
      if (version >= 7) reader.string()
      reader.string()
      const leader = reader.string() ?? ''
      const skips = version >= 9 && reader.boolean()
      const memberId = reader.string() ?? ''
      const members = reader.array(() => {
        const memberId = reader.string() ?? ''
        reader.string()
        const metadata = reader.bytes() ?? Buffer.alloc(0)
        reader.tags()
        return { memberId, metadata }
      })
      return { errorCode, generation, leader: skips ? '' : leader, memberId, members: skips ? [] : members }
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
 * SyncGroup v3 to v5. Only the leader sends assignments; every member gets its own.
 *
 *     => group(STRING) generation(INT32) member(STRING) instance(STRING) since 5: protocol_type(STRING) protocol(STRING)
 *        [member(STRING) assignment(BYTES) TAGS] TAGS
 *     <= throttle(INT32) error(INT16) since 5: protocol_type(STRING) protocol(STRING) assignment(BYTES) TAGS
 */
export function syncGroupRequest(
  { group, generation, memberId, instanceId }: Membership,
  protocol: string,
  assignments: readonly (readonly [memberId: string, assignment: Buffer])[],
): Message<{ readonly errorCode: number; readonly assignment: Buffer }> {
  return {
    api: 'SyncGroup',
    apiKey: 14,
    versions: [3, 5],
    flexibleFrom: 4,
    encode(writer, version) {
      writer.string(group).int32(generation).string(memberId).string(instanceId)
      if (version >= 5) writer.string('consumer').string(protocol)
      writer.array(assignments, (_, [memberId, assignment]) => writer.string(memberId).bytes(assignment).tags())
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      const errorCode = reader.int16()
      if (version >= 5) {
        reader.string()
        reader.string()
      }
      return { errorCode, assignment: reader.bytes() ?? Buffer.alloc(0) }
    },
  }
}

/**
 * Heartbeat v3 to v4.
 *
 *     => group(STRING) generation(INT32) member(STRING) instance(STRING) TAGS
 *     <= throttle(INT32) error(INT16) TAGS
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
    versions: [3, 4],
    flexibleFrom: 4,
    encode(writer) {
      writer.string(group).int32(generation).string(memberId).string(instanceId).tags()
    },
    decode(reader) {
      reader.int32()
      return { errorCode: reader.int16() }
    },
  }
}

/**
 * LeaveGroup v2 to v5. Since v3 it takes several members; one leaves here, and it is the member's error code that counts.
 *
 *     => group(STRING) before 3: member(STRING) since 3: [member(STRING) instance(STRING) since 5: reason(STRING) TAGS] TAGS
 *     <= throttle(INT32) error(INT16) since 3: [member(STRING) instance(STRING) error(INT16) TAGS] TAGS
 */
export function leaveGroupRequest(group: string, memberId: string): Message<{ readonly errorCode: number }> {
  return {
    api: 'LeaveGroup',
    apiKey: 13,
    versions: [2, 5],
    flexibleFrom: 4,
    encode(writer, version) {
      writer.string(group)
      if (version < 3) writer.string(memberId)
      else
        writer.array([memberId], (_, memberId) => {
          writer.string(memberId).string(null)
          if (version >= 5) writer.string(null)
          writer.tags()
        })
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      const errorCode = reader.int16()
      if (version < 3) return { errorCode }
      const [member = 0] = reader.array(() => {
        reader.string()
        reader.string()
        const left = reader.int16()
        reader.tags()
        return left
      })
      return { errorCode: errorCode === 0 ? member : errorCode }
    },
  }
}

/**
 * ListGroups v2 to v5: the groups that one node coordinates.
 *
 *     => since 4: [state(STRING)] since 5: [type(STRING)] TAGS
 *     <= throttle(INT32) error(INT16) [group(STRING) protocol_type(STRING) since 4: state(STRING) since 5: type(STRING) TAGS] TAGS
 */
export function listGroupsRequest(): Message<{ readonly errorCode: number; readonly groups: readonly string[] }> {
  return {
    api: 'ListGroups',
    apiKey: 16,
    versions: [2, 5],
    flexibleFrom: 3,
    encode(writer, version) {
      for (let filters = 3; filters < version; filters++) writer.array([], () => {})
      writer.tags()
    },
    decode(reader, version) {
      reader.int32()
      const errorCode = reader.int16()
      const groups = reader.array(() => {
        const group = reader.string() ?? ''
        reader.string()
        for (let since = 4; since <= version; since++) reader.string()
        reader.tags()
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
 * DescribeGroups v2 to v5, of groups that the node coordinates.
 *
 *     => [group(STRING)] since 3: operations(BOOLEAN) TAGS
 *     <= throttle(INT32) [error(INT16) group(STRING) state(STRING) protocol_type(STRING) protocol(STRING)
 *          [member(STRING) since 4: instance(STRING) client_id(STRING) client_host(STRING) metadata(BYTES) assignment(BYTES) TAGS]
 *          since 3: operations(INT32) TAGS] TAGS
 */
export function describeGroupsRequest(groups: readonly string[]): Message<readonly DescribedGroup[]> {
  return {
    api: 'DescribeGroups',
    apiKey: 15,
    versions: [2, 5],
    flexibleFrom: 5,
    encode(writer, version) {
      writer.array(groups, (_, group) => writer.string(group))
      if (version >= 3) writer.boolean(false)
      writer.tags()
    },
    decode(reader, version) {
      const text = () => reader.string() ?? ''
      const bytes = () => reader.bytes() ?? Buffer.alloc(0)
      reader.int32()
      return reader.array(() => {
        const errorCode = reader.int16()
        const [group, state] = [text(), text()]
        text()
        text()
        const members = reader.array(() => {
          const memberId = text()
          if (version >= 4) text()
          const member = { memberId, clientId: text(), clientHost: text(), metadata: bytes(), assignment: bytes() }
          reader.tags()
          return member
        })
        if (version >= 3) reader.int32()
        reader.tags()
        return { errorCode, group, state, members }
      })
    },
  }
}
