import type { Timer } from '../../definition/clock.ts'
import { messageOf, RetriableError } from '../../definition/errors.ts'
import type { Generation, GroupMember, GroupOptions } from '../port.ts'
import type { Cluster } from './cluster.ts'
import type { Group, GroupRefusal } from './group.ts'
import type { ClientPart, RequestLine } from './request-line.ts'

/** The pause before a request that failed is sent again. Units: ms. */
const retryMs = 100

/**
 * A member of a group, from the client's side: it joins, heartbeats, gives up its tasks when a rebalance is announced,
 * joins again.
 *
 * Every answer is judged by the generation it was asked in: one that arrives after the member has moved on changes nothing.
 */
export class MemoryMember implements GroupMember, ClientPart {
  readonly #cluster: Cluster
  readonly #line: RequestLine
  readonly #options: GroupOptions
  readonly #group: Group
  readonly #sessionTimeoutMs: number
  #memberId = ''
  /** Set from the assignment until the member joins again or is lost. */
  #generation: Generation | undefined
  #revoking = false
  #left = false
  #lastHeartbeat = 0
  #timer: Timer | undefined

  constructor(cluster: Cluster, line: RequestLine, options: GroupOptions) {
    this.#cluster = cluster
    this.#line = line
    this.#options = options
    this.#group = cluster.group(options.groupId)
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 45_000
    line.parts.add(this)
    void this.#enter()
  }

  lastHeartbeat(): number {
    return this.#lastHeartbeat
  }

  async confirm(): Promise<boolean> {
    try {
      return await this.#beat()
    } catch {
      return false
    }
  }

  async leave(): Promise<void> {
    if (this.#left) return
    this.#left = true
    this.#generation = undefined
    this.#timer?.cancel()
    this.#line.parts.delete(this)
    await this.#sayGoodbye()
  }

  close(): Promise<void> {
    return this.leave()
  }

  abandon(): void {
    this.#timer?.cancel()
  }

  /** Joins until a generation is entered or the member has left. */
  async #enter(): Promise<void> {
    while (!this.#left) {
      try {
        if (await this.#join()) return
      } catch (error) {
        if (this.#line.state !== 'open') return
        if (!this.#left && !(error instanceof RetriableError))
          this.#options.onLost(messageOf(error), 'GENERATION_ENDED')
        await this.#cluster.clock.sleep(retryMs)
      }
    }
  }

  /** One round of JoinGroup and SyncGroup; false when the coordinator tells the member to start again. */
  async #join(): Promise<boolean> {
    const { userData, assign, onAssigned, instanceId, rebalanceTimeoutMs = 60_000 } = this.#options
    const joined = await this.#ask('JoinGroup', () =>
      this.#group.join({
        memberId: this.#memberId,
        instanceId,
        userData: userData(),
        sessionTimeoutMs: this.#sessionTimeoutMs,
        rebalanceTimeoutMs,
      }),
    )
    if (!joined) return false
    this.#memberId = joined.memberId
    if (this.#left) {
      await this.#sayGoodbye()
      return false
    }
    const assignments = joined.members && assign(joined.members)
    const { memberId, generation } = joined
    const synced = await this.#ask('SyncGroup', () => this.#group.sync(memberId, generation, assignments, instanceId))
    if (!synced || this.#left) return false
    this.#generation = { id: generation, memberId, ...(instanceId && { instanceId }) }
    this.#lastHeartbeat = this.#cluster.clock.monotonic()
    this.#scheduleBeat(this.#generation)
    onAssigned(synced.assignment, this.#generation)
    return true
  }

  /** Sends a request about membership again until it is answered; undefined for a refusal. */
  async #ask<T extends { readonly refusal?: undefined }>(
    api: 'JoinGroup' | 'SyncGroup',
    work: () => Promise<T | { readonly refusal: GroupRefusal }>,
  ): Promise<T | undefined> {
    const answer = await this.#line.send(api, this.#group.id, work)
    if (answer.refusal === undefined) return answer
    if (answer.refusal === 'FENCED_INSTANCE_ID') this.#replaced()
    else if (answer.refusal !== 'REBALANCE_IN_PROGRESS') this.#memberId = ''
    return undefined
  }

  #scheduleBeat(generation: Generation): void {
    const intervalMs = this.#cluster.heartbeatIntervalMs ?? Math.min(3_000, this.#sessionTimeoutMs / 10)
    this.#timer = this.#cluster.clock.after(intervalMs, async () => {
      try {
        await this.#beat()
      } catch {
        // no answer: the next one may get through before the session ends
      }
      if (this.#generation === generation && this.#line.state === 'open') this.#scheduleBeat(generation)
    })
  }

  /** True when the coordinator confirms the member in its current generation and no rebalance is on. */
  async #beat(): Promise<boolean> {
    const generation = this.#generation
    if (!generation) return false
    const refusal = await this.#line.send('Heartbeat', this.#group.id, () =>
      this.#group.heartbeat(generation.memberId, generation.id, generation.instanceId),
    )
    if (this.#generation !== generation) return false
    if (refusal === undefined) {
      this.#lastHeartbeat = this.#cluster.clock.monotonic()
      return true
    }
    if (refusal === 'REBALANCE_IN_PROGRESS') void this.#revoke(generation)
    else if (refusal === 'FENCED_INSTANCE_ID') this.#replaced()
    else this.#lose(refusal)
    return false
  }

  /** Lets the worker commit and give up its tasks, heartbeating all the while, then joins again. */
  async #revoke(generation: Generation): Promise<void> {
    if (this.#revoking) return
    this.#revoking = true
    try {
      await this.#options.onRevoked()
    } catch (error) {
      if (this.#generation === generation) this.#lose(messageOf(error))
    }
    this.#revoking = false
    if (this.#line.crashed || this.#left) return
    this.#generation = undefined
    this.#timer?.cancel()
    await this.#enter()
  }

  /** Ownership is gone. While a revocation runs, joining again waits for its end. */
  #lose(reason: string): void {
    this.#generation = undefined
    this.#memberId = ''
    this.#timer?.cancel()
    this.#options.onLost(reason, 'GENERATION_ENDED')
    if (!this.#revoking) void this.#enter()
  }

  /** Another member with the instance id has taken the place: this one is over. */
  #replaced(): void {
    this.#left = true
    this.#generation = undefined
    this.#timer?.cancel()
    this.#line.parts.delete(this)
    this.#options.onReplaced?.(`FENCED_INSTANCE_ID, group '${this.#group.id}'`)
  }

  async #sayGoodbye(): Promise<void> {
    const memberId = this.#memberId
    if (memberId === '' || this.#line.state !== 'open') return
    try {
      await this.#line.send('LeaveGroup', this.#group.id, () => this.#group.leave(memberId))
    } catch {
      // the session timeout does this
    }
  }
}
