import { backoffMs, backoffs } from '../../definition/backoff.ts'
import type { Timer } from '../../definition/clock.ts'
import { errorCodeOf, messageOf, RetriableError, TaskMigratedError } from '../../definition/errors.ts'
import type { GroupMember, GroupOptions } from '../port.ts'
import { brokerError } from './broker-error.ts'
import type { ChannelLog } from './channel.ts'
import type { Cluster } from './cluster.ts'
import type { ConnectionSet } from './connection-set.ts'
import { Coordinator } from './coordinator.ts'
import { GroupLog } from './group-log.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './group-protocol.ts'
import { isGenerationEnded, kafka } from './protocol/error-code.ts'
import {
  type GroupTimeouts,
  heartbeatRequest,
  joinGroupRequest,
  leaveGroupRequest,
  type Membership,
  syncGroupRequest,
} from './protocol/group.ts'

/** The same as Java's since Kafka 3.0 (KIP-735): a pause of a node or of a garbage collector is no death. */
const defaultSessionTimeoutMs = 45_000
const defaultRebalanceTimeoutMs = 60_000
/** JoinGroup parks for as long as a rebalance may take; this is how much later an answer may still come. */
const parkedSlackMs = 5_000
/** Heartbeats also bring the news of a rebalance, which lasts until its slowest member has learned of it. */
const longestIntervalMs = 1_000
/** A coordinator that has not answered for so long is looked up anew, of other nodes. */
const heartbeatTimeoutMs = 5_000

/** The way a generation ended for this member. */
type End = 'rebalance' | 'lost' | 'left'

/** One generation of the group, from the moment this member has its assignment. */
interface Standing extends Membership {
  /** Resolves `ended`. Later calls have no effect. */
  end(how: End): void
  readonly ended: Promise<End>
}

/**
 * A member of a group with a state machine of its own: kafkajs' has no awaited revocation, and heartbeats only while its
 * consumer loop turns.
 *
 * joining (JoinGroup, SyncGroup) -> stable (heartbeats) -> revoking (onRevoked awaited, heartbeats continue) -> joining;
 * from anywhere lost (onLost) -> joining as a new member; from anywhere left, or replaced (onReplaced).
 *
 * Only an answer of the coordinator ends a membership. While there is none the member keeps its generation, however long that lasts:
 * the coordinator may have been away itself, and then every member still is in the group. What a member commits that is out of it
 * the brokers refuse (KIP-447).
 *
 * It holds one connection to the coordinator; JoinGroup and SyncGroup park there, and nothing else goes over it but heartbeats.
 */
export class KafkaGroupMember implements GroupMember {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #coordinator: Coordinator
  readonly #options: GroupOptions
  readonly #timeouts: GroupTimeouts
  readonly #log: GroupLog
  #memberId = ''
  #standing: Standing | undefined
  #timer: Timer | undefined
  #lastHeartbeat = 0
  /** The last time that the coordinator answered. */
  #lastAnswer = 0
  /** `onSilence` was called since. */
  #silent = false
  readonly #over = new AbortController()

  constructor(cluster: Cluster, options: GroupOptions, log: ChannelLog) {
    this.#cluster = cluster
    this.#connections = cluster.connections()
    this.#coordinator = new Coordinator(cluster, this.#connections, 'group', options.groupId)
    this.#options = options
    this.#timeouts = {
      sessionTimeoutMs: options.sessionTimeoutMs ?? defaultSessionTimeoutMs,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? defaultRebalanceTimeoutMs,
    }
    this.#log = new GroupLog(log, options.groupId)
    void this.#live()
  }

  get #left(): boolean {
    return this.#over.signal.aborted
  }

  lastHeartbeat(): number {
    return this.#lastHeartbeat
  }

  async confirm(): Promise<boolean> {
    const standing = this.#standing
    if (standing === undefined) return false
    return (await this.#heartbeat(standing)) && standing === this.#standing
  }

  async leave(): Promise<void> {
    if (this.#left) return
    this.#over.abort()
    this.#timer?.cancel()
    this.#standing?.end('left')
    this.#standing = undefined
    // A JoinGroup may be parked on the member's connection: the leave goes another way, and must go first.
    if (this.#memberId !== '') await this.#sendLeave(this.#memberId).catch(error => this.#log.trouble('leave', error))
    this.#cluster.release(this.#connections)
  }

  async #live(): Promise<void> {
    let failures = 0
    while (!this.#left) {
      try {
        const standing = await this.#join()
        if (standing === undefined) continue
        failures = 0
        this.#log.fine('join')
        await this.#stay(standing)
      } catch (error) {
        if (this.#left) return
        this.#coordinator.doubt(error)
        this.#standing = undefined
        this.#log.trouble('join', error)
        if (!(error instanceof RetriableError) && !(error instanceof TaskMigratedError)) {
          this.#options.onLost(`the group cannot be joined: ${messageOf(error)}`, errorCodeOf(error))
        }
        const { clock } = this.#cluster.context
        await clock.sleep(backoffMs(backoffs.join, ++failures, clock), this.#over.signal)
      }
    }
  }

  /** A generation with this member in it; undefined when the group moved on meanwhile, and joining begins again. */
  async #join(): Promise<Standing | undefined> {
    const { groupId, topics, protocol, instanceId = null } = this.#options
    const timeoutMs = this.#timeouts.rebalanceTimeoutMs + parkedSlackMs
    const metadata = encodeSubscription(topics, this.#options.userData())
    const request = joinGroupRequest(
      groupId,
      this.#timeouts,
      { memberId: this.#memberId, instanceId },
      protocol,
      metadata,
    )
    const joined = await this.#coordinator.sendAndWait(request, timeoutMs)
    if (joined.errorCode === kafka.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId
      return undefined
    }
    if (this.#isReplaced(joined.errorCode, 'JoinGroup')) return undefined
    if (joined.errorCode === kafka.UNKNOWN_MEMBER_ID) this.#memberId = ''
    this.#coordinator.check(joined.errorCode, 'JoinGroup')
    this.#memberId = joined.memberId
    if (this.#left) return undefined
    const membership = { group: groupId, generation: joined.generation, memberId: joined.memberId, instanceId }
    const assignments = joined.leader === joined.memberId ? this.#assign(joined.members) : []
    const synced = await this.#coordinator.sendAndWait(syncGroupRequest(membership, protocol, assignments), timeoutMs)
    if (this.#isReplaced(synced.errorCode, 'SyncGroup')) return undefined
    if (synced.errorCode === kafka.UNKNOWN_MEMBER_ID) this.#memberId = ''
    if (synced.errorCode === kafka.REBALANCE_IN_PROGRESS) return undefined
    this.#coordinator.check(synced.errorCode, 'SyncGroup')
    if (this.#left) return undefined
    return this.#begin(membership, decodeAssignment(synced.assignment))
  }

  #assign(members: readonly { readonly memberId: string; readonly metadata: Buffer }[]): [string, Buffer][] {
    const known = members.map(({ memberId, metadata }) => ({ memberId, userData: decodeSubscription(metadata) }))
    const assigned = this.#options.assign(known)
    return known.map(({ memberId }) => [memberId, encodeAssignment(assigned.get(memberId) ?? '')])
  }

  #begin(membership: Membership, assignment: string): Standing {
    let end: (how: End) => void = () => {}
    const ended = new Promise<End>(resolve => {
      end = resolve
    })
    const standing = { ...membership, end, ended }
    this.#standing = standing
    this.#answered()
    this.#lastHeartbeat = this.#lastAnswer
    const { generation, memberId } = membership
    const { instanceId } = this.#options
    this.#options.onAssigned(assignment, { id: generation, memberId, ...(instanceId && { instanceId }) })
    this.#beat(standing)
    return standing
  }

  /** Stays in the generation until it is over for this member, then gives up its tasks. */
  async #stay(standing: Standing): Promise<void> {
    if ((await standing.ended) !== 'rebalance') return
    // Awaited before the member joins again.
    await this.#options.onRevoked().catch(error => this.#log.trouble('giving up the tasks', error))
    if (this.#standing === standing) this.#standing = undefined
    this.#timer?.cancel()
  }

  /** Sends heartbeats until the member's generation has changed: also while `onRevoked` is awaited. */
  #beat(standing: Standing): void {
    const intervalMs = Math.min(this.#timeouts.sessionTimeoutMs / 3, longestIntervalMs)
    this.#timer = this.#cluster.context.clock.after(intervalMs, async () => {
      await this.#heartbeat(standing)
      if (this.#standing === standing) this.#beat(standing)
    })
  }

  /** True when the coordinator accepted it in this generation. Acts on the meaning of the answer for the member. */
  async #heartbeat(standing: Standing): Promise<boolean> {
    const sentAt = this.#cluster.context.clock.monotonic()
    try {
      const connection = await this.#coordinator.connection()
      const timeoutMs = Math.min(Math.ceil(this.#timeouts.sessionTimeoutMs / 3), heartbeatTimeoutMs)
      const { errorCode } = await connection.send(heartbeatRequest(standing), { timeoutMs })
      if (this.#standing !== standing || this.#isReplaced(errorCode, 'Heartbeat')) return false
      if (isGenerationEnded(errorCode)) {
        this.#answered()
        const { message } = brokerError(errorCode, 'Heartbeat', `group '${standing.group}'`)
        if (errorCode === kafka.UNKNOWN_MEMBER_ID) this.#memberId = ''
        this.#lose(standing, message)
        return false
      }
      if (errorCode === kafka.REBALANCE_IN_PROGRESS) {
        this.#answered()
        this.#log.note('a rebalance has begun')
        standing.end('rebalance')
        return false
      }
      this.#coordinator.check(errorCode, 'Heartbeat')
      this.#answered()
      this.#lastHeartbeat = sentAt
      return true
    } catch (error) {
      this.#coordinator.doubt(error)
      if (this.#standing === standing) this.#unanswered(error)
      return false
    }
  }

  /** An answer that is no verdict, of a node that is not the coordinator, is none. */
  #unanswered(error: unknown): void {
    this.#log.trouble('heartbeat', error)
    const silentMs = Math.round(this.#cluster.context.clock.monotonic() - this.#lastAnswer)
    if (silentMs < this.#timeouts.sessionTimeoutMs / 3) return
    this.#silent = true
    this.#options.onSilence?.(
      `Kafka does not answer: no heartbeat for ${silentMs} ms, and whether the member is out only the coordinator can say (${messageOf(error)})`,
    )
  }

  #answered(): void {
    this.#lastAnswer = this.#cluster.context.clock.monotonic()
    this.#log.fine('heartbeat')
    if (!this.#silent) return
    this.#silent = false
    this.#options.onAnswered?.()
  }

  /** Whether another member with the instance id has taken the place: then this one is over. */
  #isReplaced(errorCode: number, api: string): boolean {
    if (errorCode !== kafka.FENCED_INSTANCE_ID) return false
    const { groupId, instanceId } = this.#options
    const { message } = brokerError(errorCode, api, `group '${groupId}', instance '${instanceId}'`)
    this.#over.abort()
    this.#timer?.cancel()
    const standing = this.#standing
    this.#standing = undefined
    this.#options.onReplaced?.(message)
    standing?.end('left')
    this.#cluster.release(this.#connections)
    return true
  }

  #lose(standing: Standing, reason: string): void {
    if (this.#standing !== standing) return
    this.#standing = undefined
    this.#timer?.cancel()
    this.#options.onLost(reason, 'GENERATION_ENDED')
    standing.end('lost')
  }

  async #sendLeave(memberId: string): Promise<void> {
    const { groupId } = this.#options
    const coordinator = new Coordinator(this.#cluster, this.#cluster.shared, 'group', groupId)
    const connection = await coordinator.connection()
    await connection.send(leaveGroupRequest(groupId, memberId))
  }
}
