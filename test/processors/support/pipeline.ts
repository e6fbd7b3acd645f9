import type { BooksStores } from '../../../processors/domain/books/books-stores.ts'
import { portfolioUpdate } from '../../../processors/domain/books/portfolio-update.ts'
import { reconcilePlacement, reconcileReport } from '../../../processors/domain/books/reconcile.ts'
import { reconcilePrice } from '../../../processors/domain/books/reconcile-price.ts'
import { takeReport } from '../../../processors/domain/books/take-report.ts'
import { executeTrade } from '../../../processors/domain/execution/execute-trade.ts'
import type { ExecutionConfig } from '../../../processors/domain/execution/execution-config.ts'
import type { ExecutionStores } from '../../../processors/domain/execution/execution-stores.ts'
import type { SentReport } from '../../../processors/domain/execution/order-book.ts'
import { passTime } from '../../../processors/domain/execution/pass-time.ts'
import { takeCommand } from '../../../processors/domain/execution/take-command.ts'
import { takePortfolioPrice } from '../../../processors/domain/execution/take-price.ts'
import { decideSignal } from '../../../processors/domain/risk/decide-signal.ts'
import { IdempotencyConflict } from '../../../processors/domain/risk/idempotency.ts'
import type { Limits } from '../../../processors/domain/risk/limits.ts'
import type { RiskStores } from '../../../processors/domain/risk/risk-stores.ts'
import { judgeSignal } from '../../../processors/domain/risk/verdict.ts'
import { instrumentKey } from '../../../processors/domain/shared/keys.ts'
import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { InstrumentRegistered } from '../../../schemas/trading/generated/instrument-registered.ts'
import type { OrderCommandEvent } from '../../../schemas/trading/generated/order-command.ts'
import type { OrderPlacedEvent } from '../../../schemas/trading/generated/order-placed.ts'
import type { PortfolioPriceEvent } from '../../../schemas/trading/generated/portfolio-price.ts'
import type { PortfolioSignalEvent } from '../../../schemas/trading/generated/portfolio-signal.ts'
import type { PortfolioUpdatedEvent } from '../../../schemas/trading/generated/portfolio-updated.ts'
import type { TradeApprovedEvent } from '../../../schemas/trading/generated/trade-approved.ts'
import type { TradeRejectedEvent } from '../../../schemas/trading/generated/trade-rejected.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { MapRows } from './map-rows.ts'

/** The settings of the pipeline. */
export interface PipelineOptions {
  readonly limits: Limits
  readonly execution: ExecutionConfig
  readonly instruments: readonly InstrumentRegistered[]
}

type Delivery =
  | { readonly to: 'instrument-risk'; readonly event: TradingSignalEvent }
  | { readonly to: 'portfolio-risk'; readonly event: PortfolioSignalEvent }
  | { readonly to: 'feedback'; readonly event: ExecutionReportEvent }
  | { readonly to: 'execution-sim'; readonly event: TradeApprovedEvent }
  | { readonly to: 'prices' | 'marks'; readonly event: PortfolioPriceEvent }
  | { readonly to: 'commands'; readonly event: OrderCommandEvent }
  | { readonly to: 'placements'; readonly event: OrderPlacedEvent }
  | { readonly to: 'reports'; readonly event: ExecutionReportEvent }

/**
 * The five processors' rules over rows in Maps, without an engine: deliveries wait in a bag, and the test says which comes
 * next, twice or late. Nothing is lost; what a topic cannot do (reorder one key) is done here too, as a harder test.
 */
export class Pipeline {
  readonly risk = {
    portfolios: new MapRows(),
    ledgers: new MapRows(),
    orders: new MapRows(),
    decisions: new MapRows(),
    buffer: new MapRows(),
    controls: new MapRows(),
    rates: new MapRows(),
  } as const satisfies Record<keyof RiskStores, unknown>
  readonly books = {
    portfolios: new MapRows(),
    positions: new MapRows(),
    marks: new MapRows(),
    orders: new MapRows(),
    executions: new MapRows(),
    checkpoints: new MapRows(),
    quarantine: new MapRows(),
    snapshots: new MapRows(),
  } as const satisfies Record<keyof BooksStores, unknown>
  readonly sim = {
    trades: new MapRows(),
    sequences: new MapRows(),
    quotes: new MapRows(),
    resting: new MapRows(),
    due: new MapRows(),
    passed: new MapRows(),
    commands: new MapRows(),
  } as const satisfies Record<keyof ExecutionStores, unknown>

  readonly checked: PortfolioSignalEvent[] = []
  readonly approved: TradeApprovedEvent[] = []
  readonly rejected: TradeRejectedEvent[] = []
  readonly placed: OrderPlacedEvent[] = []
  readonly fills: ExecutionReportEvent[] = []
  readonly updates: PortfolioUpdatedEvent[] = []
  readonly conflicts: PortfolioSignalEvent[] = []
  /** Waiting to be delivered. */
  readonly bag: Delivery[] = []
  readonly #options: PipelineOptions
  readonly #instruments: ReadonlyMap<string, InstrumentRegistered>

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#instruments = new Map(
      options.instruments.map(each => [instrumentKey(each.exchange, each.instrumentId), each]),
    )
  }

  post(event: TradingSignalEvent): void {
    this.bag.push({ to: 'instrument-risk', event })
  }

  get riskStores(): RiskStores {
    return this.risk as unknown as RiskStores
  }

  get simStores(): ExecutionStores {
    const { resting } = this.sim
    const open = {
      get: resting.get.bind(resting),
      put: resting.put.bind(resting),
      delete: resting.delete.bind(resting),
      prefix: resting.prefix.bind(resting),
      all: () => resting.entries(),
    }
    return { ...this.sim, resting: open } as unknown as ExecutionStores
  }

  get booksStores(): BooksStores {
    return this.books as unknown as BooksStores
  }

  /** Delivers until nothing waits. `choose(n)` picks among n; `again()` says whether a delivery comes twice. */
  async run(choose: (among: number) => number, again: () => boolean = () => false): Promise<void> {
    for (;;) {
      if (this.bag.length === 0) await this.settle()
      if (this.bag.length === 0) return
      const [next] = this.bag.splice(choose(this.bag.length), 1)
      if (again()) this.bag.push(next!)
      await this.deliver(next!)
    }
  }

  /** Lets what is under way happen, and event time pass until a moment. Units: ms. */
  async settle(until = Number.NEGATIVE_INFINITY): Promise<void> {
    this.#report(await passTime(this.simStores, { until, settle: true }))
  }

  /** Builds all rows again from their changes, as a task does that moved to another machine. */
  rebuild(): void {
    for (const rows of this.#allRows()) rows.rebuild()
  }

  /** All rows as text. */
  dump(): string {
    return this.#allRows()
      .map(rows => rows.dump())
      .join('\n---\n')
  }

  async deliver(delivery: Delivery): Promise<void> {
    switch (delivery.to) {
      case 'instrument-risk':
        return this.#check(delivery.event)
      case 'portfolio-risk':
        return this.#decide(delivery.event)
      case 'feedback':
        return takeReport(this.riskStores, delivery.event.payload)
      case 'execution-sim':
        return this.#execute(delivery.event)
      case 'prices':
        return this.#report(await takePortfolioPrice(this.simStores, delivery.event, this.#options.execution))
      case 'commands':
        return this.#report(await takeCommand(this.simStores, delivery.event, this.#options.execution))
      case 'marks':
        return this.#update(delivery.event, await reconcilePrice(this.booksStores, delivery.event))
      case 'placements':
        return this.#update(delivery.event, await reconcilePlacement(this.booksStores, delivery.event))
      case 'reports':
        return this.#update(delivery.event, await reconcileReport(this.booksStores, delivery.event))
    }
  }

  #check(event: TradingSignalEvent): void {
    const { exchange, instrumentId } = event.payload
    const known = this.#instruments.get(instrumentKey(exchange, instrumentId))
    const checked = judgeSignal(event, known, this.#options.limits)
    this.checked.push(checked)
    this.bag.push({ to: 'portfolio-risk', event: checked })
  }

  async #decide(event: PortfolioSignalEvent): Promise<void> {
    try {
      const decision = await decideSignal(this.riskStores, event, this.#options.limits)
      if (decision?.outcome === 'REJECTED') this.rejected.push(decision.event)
      if (decision?.outcome !== 'APPROVED') return
      this.approved.push(decision.event)
      this.bag.push({ to: 'execution-sim', event: decision.event })
    } catch (error) {
      if (!(error instanceof IdempotencyConflict)) throw error
      this.conflicts.push(event)
    }
  }

  async #execute(event: TradeApprovedEvent): Promise<void> {
    const done = await executeTrade(this.simStores, event, this.#options.execution)
    if (done === undefined) return
    this.placed.push(done.placed)
    this.bag.push({ to: 'placements', event: done.placed })
    this.#report(done.reports)
  }

  #report(reports: readonly SentReport[]): void {
    this.fills.push(...reports.map(({ event }) => event))
    for (const { event } of reports) this.bag.push({ to: 'feedback', event }, { to: 'reports', event })
  }

  #update(
    cause: ExecutionReportEvent | OrderPlacedEvent | PortfolioPriceEvent,
    change: Parameters<typeof portfolioUpdate>[1] | undefined,
  ) {
    if (change !== undefined) this.updates.push(portfolioUpdate(cause, change))
  }

  #allRows() {
    return [this.risk, this.books, this.sim].flatMap(group => Object.values(group))
  }
}
