import type { StoreRequest } from '../../../store/memory-faults.ts'
import type { BrokerFaults, BrokerRequest, Fault } from '../../broker/memory/faults.ts'
import type { Clock } from '../../definition/clock.ts'
import type { BrokerTrigger, PlannedFault, StoreTrigger } from './fault-plan.ts'
import type { SimulatedProcess, StoreFate } from './process.ts'
import type { Trace } from './trace.ts'

type Triggered = Extract<PlannedFault, { readonly at: BrokerTrigger | StoreTrigger }>

/** Kills and starts processes for the injector. */
export interface ProcessKeeper {
  /** The process in a place now; undefined while it is down. */
  at(index: number): SimulatedProcess | undefined
  byName(name: string): SimulatedProcess | undefined
  /** Kills it now, or once the current request has taken effect; a new one takes its place after `downMs`. */
  crash(process: SimulatedProcess, downMs: number): void
}

/** Makes the planned faults happen when their triggers come up, and counts those that did. */
export class FaultInjector implements BrokerFaults {
  readonly fired = new Set<PlannedFault>()
  readonly #pending: Triggered[]
  readonly #counts = new Map<string, number>()
  readonly #clock: Clock
  readonly #trace: Trace
  readonly #keeper: ProcessKeeper
  /** No fault begins any more; those that last go on to their end. */
  #healed = false
  #coordinatorAwayUntil = 0
  #storeAwayUntil = 0

  constructor(plan: readonly PlannedFault[], clock: Clock, trace: Trace, keeper: ProcessKeeper) {
    this.#pending = plan.filter((fault): fault is Triggered => 'at' in fault)
    this.#clock = clock
    this.#trace = trace
    this.#keeper = keeper
  }

  heal(): void {
    this.#healed = true
    this.#coordinatorAwayUntil = 0
    this.#storeAwayUntil = 0
  }

  coordinatorAway(ms: number): void {
    this.#coordinatorAwayUntil = this.#clock.now() + ms
  }

  storeAway(ms: number): void {
    this.#storeAwayUntil = this.#clock.now() + ms
  }

  onRequest({ api, client, about }: BrokerRequest): Fault | undefined {
    const process = this.#keeper.byName(client)
    if (process === undefined) return undefined
    const fault = this.#due(process, api)
    const planned = fault && this.#beginBroker(fault, process)
    const outcome = planned ?? this.#standing(process, api)
    this.#trace.note(client, api, about, outcome ? Object.values(outcome).join(' ') : '')
    return outcome
  }

  /** The gate of a process's store. */
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
    if (this.#storeAwayUntil > this.#clock.now()) return 'fail'
    if (fault?.kind !== 'store') return 'pass'
    if (fault.fault !== 'delay') return fault.fault
    await this.#clock.sleep(fault.ms)
    return 'pass'
  }

  /** The fault whose trigger this request is. Counts are by process place: a restart goes on counting. */
  #due(process: SimulatedProcess, what: string): Triggered | undefined {
    const key = `${process.index} ${what}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    if (this.#healed) return undefined
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

  #standing(process: SimulatedProcess, api: string): Fault | undefined {
    const now = this.#clock.now()
    if (process.frozenUntil > now) return { kind: 'delay', ms: process.frozenUntil - now }
    const ofGroup = api === 'JoinGroup' || api === 'SyncGroup' || api === 'Heartbeat'
    if (ofGroup && this.#coordinatorAwayUntil > now) return { kind: 'fail' }
    return undefined
  }
}
