import { quarantineReasons } from './processors/domain/books/order-fold.ts'
import { topicNames } from './processors/topic-names.ts'
import { defineConfig } from './topology/index.ts'

/** The trading application: everything it adds to millrace is in the wings `processors/` and `<folder>/trading/`. */
export default defineConfig({
  topology: 'processors/trading.yaml',
  schemas: 'schemas/trading',
  decisions: { [topicNames.tradesApproved]: 'approved', [topicNames.tradesRejected]: 'rejected' },
  reconciliations: { quarantine: { column: 'reason', reasons: quarantineReasons } },
  gateway: async () => (await import('./gateway/trading/extension.ts')).tradingGateway,
  commands: {
    demo: {
      summary: 'run the whole trading pipeline on real prices, in one process',
      load: async () => (await import('./ops/trading/demo.ts')).demoCommand(),
    },
    instruments: {
      summary: 'register, enable and disable instruments',
      load: async () => (await import('./ops/trading/instruments.ts')).instrumentsCommand(),
    },
    limits: {
      summary: 'show and change the rules of portfolios while the pipeline runs: halt, caps, flatten',
      load: async () => (await import('./ops/trading/limits.ts')).limitsCommand(),
    },
    signals: {
      summary: 'post signals',
      load: async () => (await import('./ops/trading/signals.ts')).signalsCommand(),
    },
    orders: {
      summary: 'list, cancel and replace orders',
      load: async () => (await import('./ops/trading/orders.ts')).ordersCommand(),
    },
    prices: {
      summary: 'feed market prices',
      load: async () => (await import('./ops/trading/prices.ts')).pricesCommand(),
    },
    decisions: {
      summary: 'verify the decisions of the trading pipeline by their witness',
      load: async () => (await import('./ops/trading/decisions.ts')).decisionsCommand(),
    },
    replay: {
      summary: 'rebuild a window of reports into a shadow of the books and compare it with the live ones',
      load: async () => (await import('./ops/trading/replay.ts')).replayCommand(),
    },
    trace: {
      summary: 'tell the story of one signal: verdict, decision, order, fills, books, dead letters',
      load: async () => (await import('./ops/trading/trace.ts')).traceCommand(),
    },
    smoke: {
      summary: 'write a registration and read it back; inject a trade and show its order and fills',
      load: async () => (await import('./ops/trading/smoke.ts')).smokeCommand(),
    },
    'trading-vectors': {
      summary: 'check position accounting and risk decisions against files of cases',
      load: async () => (await import('./ops/trading/trading-vectors.ts')).tradingVectorsCommand(),
    },
  },
})
