import { controlEvents, scopeOf } from '../../processors/domain/risk/control-event.ts'
import type { Limits, PortfolioLimits, TradingState } from '../../processors/domain/risk/limits.ts'
import { controlOfLimits, limitsOfControl } from '../../processors/domain/risk/limits-in-force.ts'
import { sameRules } from '../../processors/domain/risk/take-control.ts'
import { correlationHeader } from '../../processors/domain/shared/correlation.ts'
import { portfolioControls } from '../../processors/topics.ts'
import type { PortfolioControl } from '../../schemas/trading/generated/portfolio-control.ts'
import type { PortfolioControlRow } from '../../schemas/trading/generated/portfolio-control-row.ts'
import { AlreadyThere } from '../index.ts'
import { putControl, selectControl, takeFileVersion } from './control-statements.ts'
import type { RegistrationParts } from './registration.ts'

/** The rules of a scope in force. */
export interface KnownControl {
  readonly control: PortfolioControlRow | undefined
  /** The limit by which losses have halted the portfolio. Null: none. */
  readonly haltedBy: string | null
}

/** The parts that controls work with. */
export interface ControlParts extends Omit<RegistrationParts, 'known'> {
  /** The start values. */
  readonly limits: Limits
  /** The rules in force as portfolio-risk holds them: the base where they were set by another way. */
  known(scope: string): Promise<KnownControl>
}

/** The order to change rules: who gives it and why. */
export interface ControlOrder {
  readonly actor: string
  readonly reason: string
  /** The version that the changed rules shall have; unset: the next one. */
  readonly controlVersion?: bigint | undefined
}

/** The outcome of an order. */
export type ControlOutcome =
  | { readonly kind: 'accepted'; readonly control: PortfolioControl }
  /** These rules were asked for already: no event. */
  | { readonly kind: 'unchanged'; readonly control: PortfolioControl }
  | { readonly kind: 'absent' }
  | { readonly kind: 'conflict'; readonly reason: string }

type Rules = Omit<PortfolioControl, 'controlVersion' | 'actor' | 'reason'>

/** Changes the rules of a portfolio: those that are not given stay as they are. */
export function changeLimits(
  parts: ControlParts,
  portfolioId: string,
  changes: Partial<PortfolioLimits>,
  order: ControlOrder,
): Promise<ControlOutcome> {
  return change(parts, portfolioId, order, ({ standing, version, haltedBy }) => {
    const rules = standing ?? startOf(parts, portfolioId)
    if (rules === undefined) return undefined
    const next = controlOfLimits({ ...limitsOfControl(rules), ...changes })
    const setsState =
      changes.tradingState !== undefined && (next.tradingState !== rules.tradingState || haltedBy !== null)
    return { ...rules, ...next, ...(setsState && { stateVersion: version }) }
  })
}

/** Gives a portfolio these rules, whether it is known already or not. */
export function setLimits(
  parts: ControlParts,
  portfolioId: string,
  limits: PortfolioLimits,
  order: ControlOrder,
): Promise<ControlOutcome> {
  return change(parts, portfolioId, order, ({ standing, version }) => {
    const next = controlOfLimits(limits)
    const { flattenVersion, stateVersion, tradingState } = standing ??
      startOf(parts, portfolioId) ?? { ...noneYet, ...next }
    const setsState = next.tradingState !== tradingState
    return { portfolioId, ...next, flattenVersion, stateVersion: setsState ? version : stateVersion }
  })
}

/** Closes the positions of a portfolio. From now on it may only reduce; a portfolio that is halted stays so, and keeps them. */
export function flatten(parts: ControlParts, portfolioId: string, order: ControlOrder): Promise<ControlOutcome> {
  return change(parts, portfolioId, order, ({ standing, version }) => {
    const rules = standing ?? startOf(parts, portfolioId)
    if (rules === undefined) return undefined
    const tradingState = rules.tradingState === 'ACTIVE' ? 'REDUCING' : rules.tradingState
    return { ...rules, tradingState, flattenVersion: version, stateVersion: version }
  })
}

/** Sets the least strict trading state that any portfolio may have: HALTED is the kill switch. */
export function setTradingState(
  parts: ControlParts,
  tradingState: TradingState,
  order: ControlOrder,
): Promise<ControlOutcome> {
  return change(parts, null, order, () => ({
    ...{ portfolioId: null, tradingState, currency: null, exposureCap: null, maxPositionQty: null },
    ...{ rateMaximum: null, rateWindowMs: null, lossLimit: null, maxDrawdown: null, ...noneYet },
  }))
}

/** Takes the version of a limits file for its rules. Returns false when other rules have it. */
export async function claimLimitsVersion(
  { outbox, schema }: Pick<ControlParts, 'outbox' | 'schema'>,
  version: number,
  fingerprint: string,
): Promise<boolean> {
  const [row] = await outbox.read(takeFileVersion(schema, version, fingerprint))
  return row?.[0] === fingerprint
}

/** The rules of the file, as a control would set them. */
function startOf({ limits }: Pick<ControlParts, 'limits'>, portfolioId: string): Rules | undefined {
  const start = limits.portfolios.get(portfolioId)
  return start && { portfolioId, ...controlOfLimits(start), ...noneYet }
}

const noneYet = { flattenVersion: 0n, stateVersion: 0n }

/** The newest rules that were asked for, and the version of the next ones. */
interface Standing {
  readonly standing: PortfolioControl | undefined
  readonly version: bigint
  readonly haltedBy: string | null
}

const attempts = 5

/** Reads the newest rules and puts their successor, unless another request was faster. */
async function change(
  parts: ControlParts,
  portfolioId: string | null,
  order: ControlOrder,
  changed: (of: Standing) => Rules | undefined,
): Promise<ControlOutcome> {
  const { outbox, clock, schema, producer, traceparent } = parts
  const scope = scopeOf(portfolioId)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const asked = await askedControl(parts, scope)
    const { control: inForce, haltedBy } = await parts.known(scope)
    const standing = newer(asked, controlOf(portfolioId, inForce))
    const next = (standing?.controlVersion ?? 0n) + 1n
    const rules = changed({ standing, version: next, haltedBy })
    if (rules === undefined) return { kind: 'absent' }
    const same = standing !== undefined && sameRules(standing, rules)
    if (same && (order.controlVersion ?? standing.controlVersion) === standing.controlVersion)
      return { kind: 'unchanged', control: standing }
    if (order.controlVersion !== undefined && order.controlVersion !== next)
      return { kind: 'conflict', reason: `controlVersion ${order.controlVersion} is not the next one, ${next}` }
    const control = { ...rules, controlVersion: next, actor: order.actor, reason: order.reason }
    const events = controlEvents(control, clock.now(), producer)
    const jsonOf = (event: (typeof events)[number]) => portfolioControls.value.sql.toSql(event) as string
    const headers = (event: (typeof events)[number]) => ({
      [correlationHeader]: event.correlationId,
      ...(traceparent !== undefined && { traceparent }),
    })
    const entries = events.map(event => ({
      topic: portfolioControls.name,
      key: event.key,
      eventId: event.eventId,
      event: jsonOf(event),
      headers: headers(event),
    }))
    const row = { scope, asked: asked?.controlVersion ?? 0n, version: next, control: jsonOf(events[0]!) }
    try {
      if (await outbox.post(putControl(schema, row), ...entries)) return { kind: 'accepted', control }
    } catch (error) {
      if (!(error instanceof AlreadyThere)) throw error
    }
  }
  return { kind: 'conflict', reason: 'others change these rules at the same moment' }
}

/** The newest rules that were asked for, whether they are published or not. */
async function askedControl(
  { outbox, schema }: Pick<ControlParts, 'outbox' | 'schema'>,
  scope: string,
): Promise<PortfolioControl | undefined> {
  const [row] = await outbox.read(selectControl(schema, scope))
  return row && portfolioControls.value.sql.fromSql(row[0]).payload
}

function controlOf(portfolioId: string | null, row: PortfolioControlRow | undefined): PortfolioControl | undefined {
  if (row === undefined) return undefined
  const { scope, changedAt, ...control } = row
  return { portfolioId, ...control }
}

function newer(a: PortfolioControl | undefined, b: PortfolioControl | undefined): PortfolioControl | undefined {
  if (!a || !b) return a ?? b
  return a.controlVersion >= b.controlVersion ? a : b
}
