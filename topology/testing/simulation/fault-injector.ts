import type { StoreRequest } from '../../../store/memory-faults.ts'
import type { BrokerApi, BrokerFaults, BrokerRequest, Fault } from '../../broker/memory/faults.ts'
import type { Clock } from '../../definition/clock.ts'
import { RetriableError } from '../../definition/errors.ts'
import type { AwayPart, BrokerTrigger, PlannedFault, StoreTrigger } from './fault-plan.ts'
import type { SimulatedProcess, StoreFate } from './process.ts'
import type { Trace } from './trace.ts'

type Triggered = Extract<PlannedFault, { readonly at: BrokerTrigger | StoreTrigger }>

/** Kills and starts processes for the injector. */
export interface ProcessKeeper {
  byName(name: string): SimulatedProcess | undefined
  /** Kills it now; a new one takes its place after `downMs`. */
  crash(process: SimulatedProcess, downMs: number): void
}

/** The requests that each part of a cluster answers. */
const answeredBy: Readonly<Partial<Record<BrokerApi, AwayPart>>> = {
  JoinGroup: 'group-coordinator',
  SyncGroup: 'group-coordinator',
  Heartbeat: 'group-coordinator',
  OffsetFetch: 'group-coordinator',
  TxnOffsetCommit: 'group-coordinator',
  InitProducerId: 'transaction-coordinator',
  AddPartitionsToTxn: 'transaction-coordinator',
  EndTxn: 'transaction-coordinator',
}

/** The time that a slow process takes for each request. Units: ms. */
const slowMs = 60

/** Makes the planned faults happen when their triggers come up, and counts those that did. */
export class FaultInjector implements BrokerFaults {
  readonly fired = new Set<PlannedFault>()
  readonly #pending: Triggered[]
  readonly #counts = new Map<string, number>()
  readonly #clock: Clock
  readonly #trace: Trace
  readonly #keeper: ProcessKeeper
  /** True if no fault begins any more; those of single requests go on to their end. */
  #healed = false
  readonly #awayUntil = new Map<AwayPart, number>()
  #markers = { until: 0, byMs: 0 }

  constructor(plan: readonly PlannedFault[], clock: Clock, trace: Trace, keeper: ProcessKeeper) {
    this.#pending = plan.filter((fault): fault is Triggered => 'at' in fault)
    this.#clock = clock
    this.#trace = trace
    this.#keeper = keeper
  }

  heal(): void {
    this.#healed = true
    this.#awayUntil.clear()
    this.#markers.until = 0
  }

  away(part: AwayPart, ms: number): void {
    this.#awayUntil.set(part, this.#clock.now() + ms)
  }

  lateMarkers(ms: number, byMs: number): void {
    this.#markers = { until: this.#clock.now() + ms, byMs }
  }

  onRequest({ api, client, about }: BrokerRequest): Fault | undefined {
    if (api === 'WriteTxnMarkers')
      return this.#markers.until > this.#clock.now() ? { kind: 'delay', ms: this.#markers.byMs } : undefined
    const process = this.#keeper.byName(client)
    if (process === undefined) return undefined
    const fault = this.#due(process, api)
    const planned = fault && this.#beginBroker(fault, process)
    const outcome = planned ?? this.#standing(process, api)
    this.#trace.note(client, api, about, outcome ? Object.values(outcome).join(' ') : '')
    return outcome
  }

  /** Decides on the fault of a process's operation on the store. */
  async onStore(process: SimulatedProcess, { operation, task }: StoreRequest): Promise<StoreFate> {
    const fault = this.#due(process, operation)
    this.#trace.note(process.name, operation, task, fault ? fault.kind : '')
    const now = this.#clock.now()
    if (fault?.kind === 'crash') {
      if (fault.when === 'before') this.#keeper.crash(process, fault.downMs)
      else this.#clock.after(0, () => this.#keeper.crash(process, fault.downMs))
    }
    if (fault?.kind === 'freeze') process.frozenUntil = now + fault.ms
    if (process.frozenUntil > now) await this.#clock.sleep(process.frozenUntil - now)
    else if (process.slowUntil > now) await this.#clock.sleep(slowMs)
    if (this.#isAway('store')) return 'fail'
    if (fault?.kind !== 'store') return 'pass'
    if (fault.fault !== 'delay') return fault.fault
    await this.#clock.sleep(fault.ms)
    return 'pass'
  }

  /** Checks whether the registry is away, for all processes. Errors: RetriableError REGISTRY_UNAVAILABLE while it is. */
  onRegistry(): void {
    if (!this.#isAway('registry')) return
    throw new RetriableError('REGISTRY_UNAVAILABLE', 'the schema registry is away: try again')
  }

  #isAway(part: AwayPart): boolean {
    return (this.#awayUntil.get(part) ?? 0) > this.#clock.now()
  }

  /** The fault whose trigger this request is. Requests are counted by the process's place: a restart continues the count. */
  #due(process: SimulatedProcess, what: string): Triggered | undefined {
    if (this.#healed || this.#pending.length === 0) return undefined
    const key = `${process.index} ${what}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    const index = this.#pending.findIndex(
      ({ at }) => at.process === process.index && at.nth === count && ('api' in at ? at.api : at.operation) === what,
    )
    if (index < 0) return undefined
    const [fault] = this.#pending.splice(index, 1) as [Triggered]
    this.fired.add(fault)
    return fault
  }

  #beginBroker(fault: Triggered, process: SimulatedProcess): Fault | undefined {
    if (fault.kind === 'request') return fault.fault
    if (fault.kind === 'freeze') {
      process.frozenUntil = this.#clock.now() + fault.ms
      return undefined
    }
    if (fault.kind !== 'crash') return undefined
    if (fault.when === 'before') {
      this.#keeper.crash(process, fault.downMs)
      return { kind: 'drop-request', afterMs: 0 }
    }
    this.#clock.after(0, () => this.#keeper.crash(process, fault.downMs))
    return { kind: 'delay-reply', ms: 1 }
  }

  #standing(process: SimulatedProcess, api: BrokerApi): Fault | undefined {
    const now = this.#clock.now()
    if (process.frozenUntil > now) return { kind: 'delay', ms: process.frozenUntil - now }
    const part = answeredBy[api]
    if (this.#isAway('broker') || (part !== undefined && this.#isAway(part))) return { kind: 'fail' }
    return process.slowUntil > now ? { kind: 'delay', ms: slowMs } : undefined
  }
}
