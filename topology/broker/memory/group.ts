import type { Clock, Timer } from '../../definition/clock.ts'
import type { Generation, GroupDescription, GroupMemberInfo } from '../port.ts'
import { GroupOffsets } from './group-offsets.ts'

/** The reasons for which the coordinator refuses a member. The names are Kafka's. */
export type GroupRefusal = 'REBALANCE_IN_PROGRESS' | 'UNKNOWN_MEMBER_ID' | 'ILLEGAL_GENERATION' | 'FENCED_INSTANCE_ID'

/** An answer, or a refusal. */
type GroupAnswer<T> = { readonly refusal: GroupRefusal } | ({ readonly refusal?: undefined } & T)

/** A member's request to join. An empty id asks for a new one. Units: ms. */
interface JoinRequest {
  readonly memberId: string
  readonly instanceId?: string | undefined
  readonly userData: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

/** The generation that has formed. Only the leader gets the members. */
interface Joined {
  readonly memberId: string
  readonly generation: number
  readonly members: readonly GroupMemberInfo[] | undefined
}

type Answering<T> = (answer: GroupAnswer<T>) => void

interface Member {
  /** Another one when a member with the same instance id takes the place. */
  id: string
  readonly instanceId: string | undefined
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  userData: string
  assignment: string
  lastSeen: number
  /** Set while the member waits for the answer to its join or its sync; its session cannot end then. */
  joining: Answering<Joined> | undefined
  syncing: Answering<{ assignment: string }> | undefined
  timer: Timer | undefined
}

/** Kafka's names of the phases. */
const phaseNames = {
  empty: 'Empty',
  joining: 'PreparingRebalance',
  syncing: 'CompletingRebalance',
  stable: 'Stable',
} as const

/**
 * One consumer group, as its coordinator sees it:
 *
 *     empty -join-> joining -all members joined, or rebalance timeout-> syncing -leader's assignment-> stable
 *     stable, syncing -join, leave, session timeout-> joining -no member left-> empty
 *
 * A static member that comes back without its id takes its own place under a new one; in a stable group it is given its tasks
 * again, and no other member hears of it. The old id is fenced.
 *
 * Source: the classic protocol of Kafka's GroupCoordinator (PreparingRebalance, CompletingRebalance, Stable, Empty), and KIP-345.
 */
export class Group {
  readonly id: string
  readonly offsets = new GroupOffsets()
  readonly #clock: Clock
  readonly #members = new Map<string, Member>()
  #phase: 'empty' | 'joining' | 'syncing' | 'stable' = 'empty'
  #generation = 0
  #leader: string | undefined
  #named = 0
  #rebalance: Timer | undefined

  constructor(id: string, clock: Clock) {
    this.id = id
    this.#clock = clock
  }

  get memberCount(): number {
    return this.#members.size
  }

  /** The group as DescribeGroups answers it. */
  get description(): GroupDescription {
    const members = [...this.#members.values()].map(({ id, userData, assignment }) => ({
      memberId: id,
      userData,
      assignment,
      clientId: 'memory',
      clientHost: '/127.0.0.1',
    }))
    return { group: this.id, state: phaseNames[this.#phase], members }
  }

  /** Waits until a generation has formed with this member in it. */
  join(request: JoinRequest): Promise<GroupAnswer<Joined>> {
    const fenced = this.#fences(request.memberId, request.instanceId)
    if (fenced) return Promise.resolve({ refusal: 'FENCED_INSTANCE_ID' })
    const known = this.#members.get(request.memberId)
    if (!known && request.memberId !== '') return Promise.resolve({ refusal: 'UNKNOWN_MEMBER_ID' })
    const replaced = known ? undefined : this.#replace(request)
    if (replaced && this.#phase === 'stable') return Promise.resolve(this.#joined(replaced, false))
    const member = known ?? replaced ?? this.#admit(request)
    member.lastSeen = this.#clock.monotonic()
    const unchanged = known !== undefined && member.userData === request.userData
    member.userData = request.userData
    if (unchanged && (this.#phase === 'syncing' || (this.#phase === 'stable' && member.id !== this.#leader))) {
      return Promise.resolve(this.#joined(member))
    }
    return new Promise(resolve => {
      member.joining?.({ refusal: 'REBALANCE_IN_PROGRESS' })
      member.joining = resolve
      this.#prepare()
    })
  }

  /** Waits for the leader's assignment; the leader brings it. */
  sync(
    memberId: string,
    generation: number,
    assignments: ReadonlyMap<string, string> | undefined,
    instanceId?: string,
  ): Promise<GroupAnswer<{ assignment: string }>> {
    const refusal = this.refusalOf({ memberId, instanceId, id: generation })
    if (refusal) return Promise.resolve({ refusal })
    if (this.#phase === 'joining') return Promise.resolve({ refusal: 'REBALANCE_IN_PROGRESS' })
    const member = this.#members.get(memberId)!
    member.lastSeen = this.#clock.monotonic()
    if (this.#phase === 'syncing' && memberId === this.#leader) this.#assign(assignments ?? new Map())
    if (this.#phase === 'stable') return Promise.resolve({ assignment: member.assignment })
    return new Promise(resolve => {
      member.syncing = resolve
    })
  }

  /** Returns undefined when the member may go on. */
  heartbeat(memberId: string, generation: number, instanceId?: string): GroupRefusal | undefined {
    const refusal = this.refusalOf({ memberId, instanceId, id: generation })
    if (refusal) return refusal
    this.#members.get(memberId)!.lastSeen = this.#clock.monotonic()
    return this.#phase === 'joining' ? 'REBALANCE_IN_PROGRESS' : undefined
  }

  leave(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member) this.#remove(member)
  }

  /** The reason why a member may not act for a generation; undefined when it may. */
  refusalOf({ memberId, instanceId, id }: Generation): GroupRefusal | undefined {
    if (this.#fences(memberId, instanceId)) return 'FENCED_INSTANCE_ID'
    if (!this.#members.has(memberId)) return 'UNKNOWN_MEMBER_ID'
    return id === this.#generation ? undefined : 'ILLEGAL_GENERATION'
  }

  /** Whether another member has the instance id. */
  #fences(memberId: string, instanceId: string | undefined): boolean {
    const holder = this.#holderOf(instanceId)
    return holder !== undefined && memberId !== '' && holder.id !== memberId
  }

  #holderOf(instanceId: string | undefined): Member | undefined {
    if (instanceId === undefined) return undefined
    return [...this.#members.values()].find(member => member.instanceId === instanceId)
  }

  /** Gives the place of the member with the instance id, if there is one, to whoever asks. */
  #replace({ instanceId, userData }: JoinRequest): Member | undefined {
    const member = this.#holderOf(instanceId)
    if (member === undefined) return undefined
    this.#members.delete(member.id)
    const led = this.#leader === member.id
    member.id = this.#nextName()
    this.#members.set(member.id, member)
    if (led) this.#leader = member.id
    member.joining?.({ refusal: 'FENCED_INSTANCE_ID' })
    member.syncing?.({ refusal: 'FENCED_INSTANCE_ID' })
    member.joining = member.syncing = undefined
    member.lastSeen = this.#clock.monotonic()
    member.userData = userData
    return member
  }

  #nextName(): string {
    return `${this.id}-member-${++this.#named}`
  }

  #admit({ instanceId, userData, sessionTimeoutMs, rebalanceTimeoutMs }: JoinRequest): Member {
    const member: Member = {
      id: this.#nextName(),
      instanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      userData,
      assignment: '',
      lastSeen: this.#clock.monotonic(),
      joining: undefined,
      syncing: undefined,
      timer: undefined,
    }
    this.#members.set(member.id, member)
    this.#watch(member, sessionTimeoutMs)
    return member
  }

  /** Checks the member's session when it could have ended; heartbeats in between need no timer. */
  #watch(member: Member, ms: number): void {
    member.timer = this.#clock.after(ms, () => {
      if (member.joining || member.syncing) return this.#watch(member, member.sessionTimeoutMs)
      const left = member.lastSeen + member.sessionTimeoutMs - this.#clock.monotonic()
      if (left > 0) this.#watch(member, left)
      else this.#remove(member)
    })
  }

  #remove(member: Member): void {
    this.#drop(member)
    if (this.#phase === 'joining') this.#tryForm()
    else this.#prepare()
  }

  #drop(member: Member): void {
    this.#members.delete(member.id)
    member.timer?.cancel()
    if (this.#leader === member.id) this.#leader = undefined
    member.joining?.({ refusal: 'UNKNOWN_MEMBER_ID' })
    member.syncing?.({ refusal: 'UNKNOWN_MEMBER_ID' })
  }

  /** Announces a rebalance: heartbeats tell the members, who have their rebalance timeout to join again. */
  #prepare(): void {
    if (this.#phase !== 'joining') {
      this.#phase = 'joining'
      for (const member of this.#members.values()) {
        member.syncing?.({ refusal: 'REBALANCE_IN_PROGRESS' })
        member.syncing = undefined
      }
      let timeoutMs = 0
      for (const member of this.#members.values()) timeoutMs = Math.max(timeoutMs, member.rebalanceTimeoutMs)
      this.#rebalance = this.#clock.after(timeoutMs, () => this.#form())
    }
    this.#tryForm()
  }

  #tryForm(): void {
    for (const member of this.#members.values()) if (!member.joining) return
    this.#form()
  }

  /** Begins the next generation with the members that have joined. */
  #form(): void {
    this.#rebalance?.cancel()
    for (const member of [...this.#members.values()]) if (!member.joining) this.#drop(member)
    this.#generation++
    this.#phase = this.#members.size === 0 ? 'empty' : 'syncing'
    this.#leader ??= this.#members.keys().next().value
    for (const member of this.#members.values()) {
      const answer = member.joining!
      member.joining = undefined
      member.lastSeen = this.#clock.monotonic()
      answer(this.#joined(member))
    }
  }

  /** `mayLead`: false for the leader that comes back to a stable group, whose assignment stands. */
  #joined(member: Member, mayLead = true): Joined {
    const members =
      mayLead && member.id === this.#leader
        ? [...this.#members.values()].map(({ id, userData }) => ({ memberId: id, userData }))
        : undefined
    return { memberId: member.id, generation: this.#generation, members }
  }

  #assign(assignments: ReadonlyMap<string, string>): void {
    this.#phase = 'stable'
    for (const member of this.#members.values()) {
      member.assignment = assignments.get(member.id) ?? ''
      member.lastSeen = this.#clock.monotonic()
      member.syncing?.({ assignment: member.assignment })
      member.syncing = undefined
    }
  }
}
