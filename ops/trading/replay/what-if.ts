import { lookEvery, looksUntilQuiet } from '../../../processors/domain/execution/pass-time.ts'
import type { Limits } from '../../../processors/domain/risk/limits.ts'
import { ordersFills, tradesApproved, tradesRejected } from '../../../processors/topics.ts'
import { trading } from '../../../processors/trading.ts'
import type { ExecutionReportEvent } from '../../../schemas/trading/generated/execution-report.ts'
import type { Topic, TopologyDefinition } from '../../../topology/index.ts'
import { type TestDriver, testDriver } from '../../../topology/testing.ts'
import { type DecisionEvent, keyOf, type Recorded, type RecordedInput } from './recorded-inputs.ts'

/** The change to try: other limits, which hold from the window's start, or another topology, which holds from the first record. */
export type Change = { readonly limits: Limits } | { readonly topology: TopologyDefinition }

/** The definition that runs now: what the change is compared with. */
export interface Standing {
  readonly limits: Limits
  readonly topology: TopologyDefinition
}

/** Whether a signal is within the window: only those are compared. */
export type InWindow = (input: RecordedInput) => boolean

/** The decision on one signal, before and after. Shape of the texts: `'APPROVED'`, `'REJECTED EXPOSURE_CAP_EXCEEDED'`, `'none'`. */
export interface ChangedDecision {
  readonly portfolioId: string
  readonly idempotencyKey: string
  /** Units: ms. */
  readonly at: number
  readonly made: string
  readonly now: string
}

/** The result of a what-if. */
export interface WhatIf {
  /** Distinct signals in the window. */
  readonly signals: number
  /** Decisions that the change changes. */
  readonly changed: readonly ChangedDecision[]
  /**
   * Decisions that come out otherwise without the change, too: they were made by other rules than today's, or in another order of
   * signals and fills. Nothing can be said of them.
   */
  readonly unlike: readonly ChangedDecision[]
  /** The decisions and the reports of the run with the change, over all records. */
  readonly decisions: readonly DecisionEvent[]
  readonly reports: readonly ExecutionReportEvent[]
}

/**
 * Runs what came to the pipeline through it again, in this process and on nothing real, once as it stands and once with the
 * change, and compares the decisions on the window's signals with those that were made. Each signal is followed to its end
 * before the next one, as paced signals are.
 */
export async function whatIf(
  { inputs, decisions }: Pick<Recorded, 'inputs' | 'decisions'>,
  standing: Standing,
  change: Change,
  inWindow: InWindow,
): Promise<WhatIf> {
  const meant = new Map<string, RecordedInput>()
  for (const input of inputs) if (input.signal && inWindow(input)) meant.set(keyOf(input.signal.payload), input)
  const again = await run(inputs, standing.topology)
  const tried = await ('topology' in change
    ? run(inputs, change.topology)
    : withLimits(inputs, standing.limits, change.limits, inWindow))
  const [made, same, now] = [decisions, again.decisions, tried.decisions].map(outcomes) as [
    Outcomes,
    Outcomes,
    Outcomes,
  ]
  const changed: ChangedDecision[] = []
  const unlike: ChangedDecision[] = []
  for (const [key, { signal, at }] of meant) {
    const { portfolioId, idempotencyKey } = signal!.payload
    const before = made.get(key) ?? 'none'
    const faithful = same.get(key) ?? 'none'
    if (faithful !== before) unlike.push({ portfolioId, idempotencyKey, at, made: before, now: faithful })
    const after = now.get(key) ?? 'none'
    if (faithful === before && after !== before)
      changed.push({ portfolioId, idempotencyKey, at, made: before, now: after })
  }
  return { signals: meant.size, changed, unlike, ...tried }
}

type Outcomes = ReadonlyMap<string, string>

function outcomes(decisions: readonly DecisionEvent[]): Outcomes {
  return new Map(
    decisions.map(({ payload }) => [
      keyOf(payload),
      'tradeId' in payload ? 'APPROVED' : `REJECTED ${payload.reasonCode}`,
    ]),
  )
}

/** The pipeline with limits that give way to others at the window's first signal. */
function withLimits(inputs: readonly RecordedInput[], before: Limits, after: Limits, inWindow: InWindow) {
  let inForce = before
  const limits: Limits = {
    get version() {
      return inForce.version
    },
    get slippageTicks() {
      return inForce.slippageTicks
    },
    get maxNotionalPerOrder() {
      return inForce.maxNotionalPerOrder
    },
    get priceBand() {
      return inForce.priceBand
    },
    get priceBands() {
      return inForce.priceBands ?? new Map()
    },
    get portfolios() {
      return inForce.portfolios
    },
  }
  return run(inputs, trading({ limits }), input => {
    if (input.signal && inWindow(input)) inForce = after
  })
}

/** Lets the reports of orders happen: execution-sim looks at the clock until it finds that its input is quiet. */
export async function settle(driver: Pick<TestDriver, 'advanceWallClock'>): Promise<void> {
  for (let look = 0; look < looksUntilQuiet; look++) await driver.advanceWallClock(lookEvery)
}

async function run(
  inputs: readonly RecordedInput[],
  topology: TopologyDefinition,
  before: (input: RecordedInput) => void = () => {},
) {
  const driver = await testDriver(topology, { now: inputs[0]?.at ?? 0 })
  for (const input of inputs) {
    before(input)
    await driver.pipe(input.topic as Topic<string, string, unknown>, input.key, input.value, { at: input.at })
    if (input.signal) await settle(driver)
  }
  const decisions = [tradesApproved, tradesRejected].flatMap(topic =>
    driver.read(topic as Topic<string, string, DecisionEvent>).map(({ value }) => value),
  )
  const reports = driver.read(ordersFills).map(({ value }) => value)
  driver.close()
  return { decisions, reports }
}
