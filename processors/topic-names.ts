/** The names of the pipeline's topics: they stand here and nowhere else in the code. Nothing is loaded with them. */
export const topicNames = {
  instrumentRegistered: 'instrument.registered',
  tradingSignals: 'trading.signals',
  marketPrices: 'market.prices',
  signalsChecked: 'signals.checked',
  portfolioSignals: 'trading.signals.portfolio',
  portfolioPrices: 'market.prices.portfolio',
  portfolioControls: 'portfolio.controls',
  tradesApproved: 'trades.approved',
  tradesRejected: 'trades.rejected',
  ordersCommands: 'orders.commands',
  ordersPlaced: 'orders.placed',
  ordersFills: 'orders.fills',
  portfolioUpdated: 'portfolio.updated',
} as const
