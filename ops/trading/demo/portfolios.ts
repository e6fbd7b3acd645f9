/** A portfolio as the read API shows it, as far as the demo prints it. Decimals are strings. */
export interface PortfolioView {
  readonly id: string
  readonly summary: {
    readonly version: string
    readonly throughExecSeq: string
    readonly grossExposure: string
    readonly exposureCap: string | null
    readonly realisedPnl: string
    readonly unrealisedPnl: string | null
    readonly fees: string
    readonly cash: string
    readonly fillCount: number
  }
  readonly positions: readonly {
    readonly exchange: string
    readonly instrumentId: string
    readonly quantity: string
    readonly cost: string
    readonly realisedPnl: string
  }[]
}

/** Asks the gateway for the portfolios: the way that users read them. Those that have never traded are left out. */
export async function readPortfolios(
  request: (path: string) => Response | Promise<Response>,
  portfolioIds: readonly string[],
): Promise<readonly PortfolioView[]> {
  const views: PortfolioView[] = []
  for (const id of portfolioIds) {
    const response = await request(`/v1/portfolios/${encodeURIComponent(id)}`)
    if (response.status === 200) views.push({ id, ...((await response.json()) as Omit<PortfolioView, 'id'>) })
    else if (response.status !== 404) throw new Error(`the gateway answered ${response.status} for portfolio '${id}'`)
  }
  return views
}
