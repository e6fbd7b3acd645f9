import type { PortfolioControl, PortfolioControlEvent } from '../../../schemas/trading/generated/portfolio-control.ts'
import type { PortfolioControlRow } from '../../../schemas/trading/generated/portfolio-control-row.ts'
import type { RiskLedger } from '../../../schemas/trading/generated/risk-ledger.ts'
import type { RiskPortfolio } from '../../../schemas/trading/generated/risk-portfolio.ts'
import type { TradingSignalEvent } from '../../../schemas/trading/generated/trading-signal.ts'
import { type Awaitable, chain, type KeyValueStore, ProcessorError } from '../../../topology/index.ts'
import type { Rows } from '../books/books-stores.ts'
import { everyPartitionKeys, everyPortfolio, scopeOf } from './control-event.ts'
import { closingSignals } from './flatten.ts'
import { tradingStates } from './limits-in-force.ts'
import { liftLossHalt } from './losses.ts'

/** The stores that a control changes, and those it is carried out by. */
export interface ControlStores {
  readonly controls: Pick<Rows<string, PortfolioControlRow>, 'get' | 'put'>
  readonly portfolios: Pick<Rows<string, RiskPortfolio>, 'get' | 'put'>
  readonly ledgers: Pick<KeyValueStore<readonly [portfolioId: string, instrumentKey: string], RiskLedger>, 'prefix'>
}

/**
 * Puts rules in force: signals that the task takes from now on are decided by them. Older rules change nothing. Returns the signals
 * that close the portfolio's positions if the control asks for it, once.
 *
 * Errors: ProcessorError PROCESS_FAILED for other rules under a version that is in force, for rules under another key, and for
 * rules that cannot be.
 */
export function takeControl(
  stores: ControlStores,
  key: string,
  event: PortfolioControlEvent,
): Awaitable<readonly TradingSignalEvent[]> {
  const { payload } = event
  const scope = scopeOf(payload.portfolioId)
  const problem = problemOf(key, payload)
  if (problem !== undefined) throw refused(scope, payload, problem)
  return chain(stores.controls.get(scope), known => {
    const row = rowOf(scope, event)
    if (known !== undefined && known.controlVersion >= row.controlVersion) {
      if (known.controlVersion === row.controlVersion && !sameRules(known, row))
        throw refused(
          scope,
          payload,
          'CONTROL_VERSION_CONFLICT: other rules have this version: give these the next one',
        )
      return []
    }
    stores.controls.put(scope, row)
    const { portfolioId } = payload
    if (portfolioId === null) return []
    const { flattenVersion, stateVersion } = known ?? { flattenVersion: 0n, stateVersion: 0n }
    const flattens = payload.flattenVersion > flattenVersion
    const lift = payload.stateVersion > stateVersion ? liftHalt(stores, portfolioId) : undefined
    return chain(lift, () => (flattens ? closingOf(stores, portfolioId, event) : []))
  })
}

/** Setting the trading state ends a halt by losses. */
function liftHalt({ portfolios }: ControlStores, portfolioId: string): Awaitable<void> {
  return chain(portfolios.get(portfolioId), portfolio => {
    if (portfolio) portfolios.put(portfolioId, liftLossHalt(portfolio))
  })
}

function closingOf({ ledgers }: ControlStores, portfolioId: string, event: PortfolioControlEvent) {
  return chain(ledgers.prefix(portfolioId), rows =>
    closingSignals(
      event,
      portfolioId,
      rows.map(({ value }) => value),
    ),
  )
}

function problemOf(key: string, payload: PortfolioControl): string | undefined {
  const { portfolioId, controlVersion, tradingState, currency, rateMaximum, rateWindowMs } = payload
  const keys: readonly string[] = portfolioId === null ? everyPartitionKeys : [scopeOf(portfolioId)]
  if (!keys.includes(key)) return `KEY_MISMATCH: its key '${key}' is another one's: send it under ${keys.join(', ')}`
  if (controlVersion < 1n) return 'controlVersion begins with 1'
  if (!(tradingStates as readonly string[]).includes(tradingState))
    return `tradingState must be ${tradingStates.join(', ')}`
  if (portfolioId !== null && !currency) return 'the rules of a portfolio need its currency'
  if ((rateMaximum === null) !== (rateWindowMs === null)) return 'a rate needs both rateMaximum and rateWindowMs'
  if (rateWindowMs !== null && (rateWindowMs < 1n || rateWindowMs >= 2n ** 31n))
    return 'rateWindowMs must be 1 ms to 24 days'
  return undefined
}

function refused(scope: string, { controlVersion }: PortfolioControl, problem: string): ProcessorError {
  const message = `control ${controlVersion} of ${scope === everyPortfolio ? 'every portfolio' : `portfolio '${scope}'`} is refused: ${problem}`
  return new ProcessorError('PROCESS_FAILED', message, { context: { scope, controlVersion: String(controlVersion) } })
}

function rowOf(scope: string, { payload, occurredAt }: PortfolioControlEvent): PortfolioControlRow {
  const { portfolioId, ...rules } = payload
  return { scope, ...rules, changedAt: occurredAt }
}

const ruleNames = [
  'tradingState',
  'currency',
  'exposureCap',
  'maxPositionQty',
  'rateMaximum',
  'rateWindowMs',
  'lossLimit',
  'maxDrawdown',
  'flattenVersion',
  'stateVersion',
] as const satisfies readonly (keyof PortfolioControlRow)[]

/** Whether two controls set the same rules, whoever asked for them. */
export function sameRules(
  a: Pick<PortfolioControlRow, (typeof ruleNames)[number]>,
  b: Pick<PortfolioControlRow, (typeof ruleNames)[number]>,
): boolean {
  return ruleNames.every(name => a[name] === b[name])
}
