import { setTimeout as sleep } from 'node:timers/promises'
import { terminateBackends } from '../../../ops/cluster/postgres-backends.ts'
import trading from '../../../processors/trading.ts'
import { run, type StreamsApp } from '../../../topology/app/run.ts'
import { messageOf } from '../../../topology/definition/errors.ts'
import { type BrokerFault, breakBrokers, brokerFaults } from '../cluster/broker-faults.ts'
import type { Standstills } from '../cluster/standstill.ts'
import type { Crew, CrewMember } from './crew.ts'
import { type FaultKind, oneAtATime } from './fault.ts'
import type { Feeder } from './feeder.ts'
import type { KafkaApi } from './proxy/kafka-replies.ts'
import type { ChaosServers } from './servers.ts'
import type { Watch } from './watch.ts'

/** The targets of the faults, and their settings. Units: ms. */
export interface InjectorOptions {
  readonly servers: ChaosServers
  readonly crew: Crew
  readonly feeder: Feeder
  readonly watch: Watch
  /** Undefined: one broker. */
  readonly standstills: Standstills | undefined
  readonly random: () => number
  readonly sessionTimeoutMs: number
  /** The duration of a storm. */
  readonly stormMs: number
}

/** A sacrificed worker must have met its point within this. Units: ms. */
const sacrificeLimitMs = 90_000
/** A reply to be lost must have come along within this. Units: ms. */
const lossLimitMs = 90_000

/** The target of a fault may be down already, and must have come back within this time. */
const attemptLimitMs = 90_000

/** A storm on a slow machine may take so long. */
const stormLimitMs = 240_000

/** Fewer workers that join and leave are no storm. */
const fewestJoiners = 8

/** Injects the faults. Each method returns true when the fault has happened, and not only been tried. */
export class Injector {
  readonly #options: InjectorOptions
  /** Joiners of storms that could not go on. */
  readonly problems: string[] = []

  constructor(options: InjectorOptions) {
    this.#options = options
  }

  async fire(kind: FaultKind): Promise<boolean> {
    const { servers, feeder, standstills } = this.#options
    if (oneAtATime.includes(kind)) standstills?.begins(kind)
    if (isBrokerFault(kind)) return this.#breakBrokers(kind)
    if (kind.startsWith('lose-')) return this.#lose(kind.slice('lose-'.length))
    if (kind.startsWith('kill-')) return this.#killAt(kind.slice('kill-'.length))
    switch (kind) {
      case 'kill':
        return this.#kill()
      case 'zombie':
        return this.#freeze()
      case 'broker-kill':
        await servers.kafka.faults!.kill()
        await sleep(this.#between(500, 2_000))
        await servers.kafka.faults!.restart()
        return true
      case 'broker-restart':
        await servers.kafka.faults!.restart()
        return true
      case 'postgres-restart':
        await servers.postgres.faults!.restart()
        return true
      case 'postgres-wipe':
        await servers.postgres.faults!.wipe()
        return true
      case 'black-hole-kafka':
        return this.#blackHole(servers.kafkaProxy)
      case 'black-hole-postgres':
        return this.#blackHole(servers.postgresProxy)
      case 'storm':
        return this.#storm()
      case 'backend-kill':
        return this.#until(async () => (await terminateBackends(servers.postgres.url, 'millrace')) > 0)
      case 'reset-kafka':
        return this.#until(async () => servers.kafkaProxy.reset() > 0)
      case 'reset-postgres':
        return this.#until(async () => servers.postgresProxy.reset() > 0)
      case 'delay':
        return this.#delay()
      case 'poison':
        await feeder.poison(4)
        return true
      default:
        throw new Error(`no such fault: ${kind}`)
    }
  }

  async #breakBrokers(kind: BrokerFault): Promise<boolean> {
    const { servers, standstills, random } = this.#options
    if (servers.cluster === undefined || standstills === undefined) return false
    return breakBrokers(kind, { cluster: servers.cluster, standstills, random })
  }

  /** A random worker, but never the first of the crew, so that its memory shows the whole run. */
  #victim(): CrewMember | undefined {
    const { crew, random } = this.#options
    const mortal = crew.joined.filter(member => member !== crew.members[0])
    return mortal[Math.floor(random() * mortal.length)]
  }

  async #kill(): Promise<boolean> {
    return this.#until(async () => {
      const victim = this.#victim()
      await victim?.process.kill()
      if (victim) this.#options.watch.lost(victim.name, 'kill', Date.now())
      return victim !== undefined
    })
  }

  async #killAt(point: string): Promise<boolean> {
    const { crew, watch } = this.#options
    let guest = ''
    const diedAt = await crew.sacrifice(`${point}:${1 + this.#between(0, 3)}`, sacrificeLimitMs, (name, port) => {
      guest = name
      watch.add(name, port)
    })
    watch.lost(guest, `kill-${point}`, diedAt ?? Number.POSITIVE_INFINITY)
    return diedAt !== undefined
  }

  /** A zombie: frozen until well past its session, then it continues where it was. */
  async #freeze(): Promise<boolean> {
    const { watch, sessionTimeoutMs } = this.#options
    return this.#until(async () => {
      const victim = this.#victim()
      if (victim === undefined) return false
      victim.process.freeze()
      watch.lost(victim.name, 'zombie', Date.now())
      await sleep(sessionTimeoutMs + this.#between(2_000, 4_000))
      victim.process.thaw()
      return true
    })
  }

  async #blackHole(proxy: ChaosServers['kafkaProxy']): Promise<boolean> {
    const some = await this.#until(async () => proxy.connections > 0)
    proxy.blackHole()
    await sleep(this.#between(2_000, this.#options.sessionTimeoutMs + 2_000))
    proxy.clear()
    return some
  }

  async #delay(): Promise<boolean> {
    const { servers, random } = this.#options
    const proxy = random() < 0.5 ? servers.kafkaProxy : servers.postgresProxy
    proxy.delay(this.#between(20, 200))
    await sleep(2_000)
    proxy.delay(0)
    return proxy.connections > 0
  }

  /**
   * Workers that join and leave, one every second, each in the middle of the others' rebalance. On a machine that is too slow for
   * that, the storm lasts until its least number of workers have joined.
   */
  async #storm(): Promise<boolean> {
    const { stormMs } = this.#options
    const ends: Promise<void>[] = []
    const began = Date.now()
    const lasts = (ms: number) => Date.now() - began < ms
    while (lasts(stormMs) || (ends.length < fewestJoiners && lasts(stormLimitMs))) {
      const next = sleep(1_000)
      const app = await this.#join()
      if (app) ends.push(this.#leaveSoon(app))
      await next
    }
    await Promise.all(ends)
    return ends.length >= fewestJoiners
  }

  /** A whole worker in this process; undefined when a part was away. */
  async #join(): Promise<StreamsApp | undefined> {
    const { servers, sessionTimeoutMs } = this.#options
    const settings = { sessionTimeoutMs, transactionTimeoutMs: sessionTimeoutMs }
    const app = await run(trading, { ...servers.proxied, settings }).catch(() => undefined)
    void app?.failed.then(error => this.problems.push(`a worker of a storm failed: ${messageOf(error)}`))
    return app
  }

  async #leaveSoon(app: StreamsApp): Promise<void> {
    await sleep(this.#between(500, 1_500))
    await app.stop()
  }

  async #lose(what: string): Promise<boolean> {
    const { servers } = this.#options
    const lost =
      what === 'apply' ? servers.postgresLosses.loseNext('apply') : servers.kafkaLosses.loseNext(what as KafkaApi)
    return Promise.race([lost.then(() => true), sleep(lossLimitMs, false, { ref: false })])
  }

  /** Tries for a while, as the target may be down already. */
  async #until(attempt: () => Promise<boolean>): Promise<boolean> {
    for (const until = Date.now() + attemptLimitMs; Date.now() < until; ) {
      if (await attempt().catch(() => false)) return true
      await sleep(250)
    }
    return false
  }

  #between(from: number, to: number): number {
    return from + Math.floor(this.#options.random() * (to - from))
  }
}

function isBrokerFault(kind: FaultKind): kind is BrokerFault {
  return (brokerFaults as readonly FaultKind[]).includes(kind)
}
