/** The files that both programs read their settings from: limits and execution, in YAML. */
export interface RunSettings {
  readonly limits: string
  readonly execution: string
}

const rules = [
  '{}',
  "{ exposureCap: '3000' }",
  "{ exposureCap: '9000', maxPositionQty: '60' }",
  '{ maxOrderRate: 3/1h }',
  '{ maxOrderRate: 1/10m, exposureCap: "20000" }',
  '{ tradingState: REDUCING }',
  '{ tradingState: HALTED }',
  '{ currency: EUR }',
  "{ maxPositionQty: '25' }",
  "{ exposureCap: '500000', maxOrderRate: 500/1d }",
] as const

/** The ids of as many portfolios; a few need encoding. Shape: `['p0', 'p1', 'p|2', ...]`. */
export function portfolioIdsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => (index % 17 === 2 ? `p|${index} é` : `p${index}`))
}

/** Settings under which every limit is met: portfolios with caps, rates and states, instruments of every profile. */
export function randomSettings(portfolioIds: readonly string[]): RunSettings {
  const portfolios = portfolioIds.map((id, index) => `  ${JSON.stringify(id)}: ${rules[usual(index)]}`)
  return {
    limits: [
      'version: 7',
      'slippageTicks: 3',
      "maxNotionalPerOrder: '8000'",
      "priceBand: '0.5'",
      "defaults: { currency: USD, exposureCap: '12000', maxOrderRate: 30/1h }",
      'portfolios:',
      ...portfolios,
      '',
    ].join('\n'),
    execution: `defaults: { profile: FULL, slippageTicks: 2, minDelayMs: 20, maxDelayMs: 200 }
instruments:
  'XT:split': { profile: SPLIT(3), slippageTicks: 5 }
  'XT:part': { profile: PARTIAL_EXPIRE }
  'XT:never': { profile: REJECT }
  'XT:a%3Ab': { profile: SPLIT(4), minDelayMs: 5, maxDelayMs: 5 }
`,
  }
}

/** Every other portfolio trades without limits of its own, so that most signals are decided by what is held. */
function usual(index: number): number {
  return index % 2 === 0 ? 0 : (index >> 1) % rules.length
}
