import { limits } from '../../processors/settings.ts'
import {
  instrumentRegistered,
  marketPrices,
  ordersCommands,
  portfolioControls,
  tradingSignals,
} from '../../processors/topics.ts'
import type { GatewayExtension, ReadParts } from '../index.ts'
import { createControls } from './control-statements.ts'
import { knownControl } from './known-control.ts'
import { knownDecision } from './known-decision.ts'
import { knownInstrument } from './known-instrument.ts'
import { knownOrder } from './known-order.ts'
import { createOrderCommands } from './order-command-statements.ts'
import { createPrices } from './price-statements.ts'
import { gaugeQuarantine } from './quarantine-gauge.ts'
import { type TradingReads, tradingReads } from './reads/trading-reads.ts'
import { createRegistration } from './registration-statements.ts'
import { fillResource } from './resources/fills.ts'
import { historyResource } from './resources/history.ts'
import { instrumentResource } from './resources/instruments.ts'
import { limitsResource } from './resources/limits.ts'
import { marketResource } from './resources/market.ts'
import { orderCommandResource } from './resources/order-commands.ts'
import { orderResource } from './resources/orders.ts'
import { portfolioResource } from './resources/portfolios.ts'
import { positionResource } from './resources/positions.ts'
import { priceResource } from './resources/prices.ts'
import { signalStatusResource } from './resources/signal-status.ts'
import { signalResource } from './resources/signals.ts'
import { traceResource } from './resources/traces.ts'
import { tradeResource } from './resources/trades.ts'
import { troubleResource } from './resources/trouble.ts'
import { updateResource } from './resources/updates.ts'

/** The gateway of the trading application: portfolios, instruments, signals, and the pages that show portfolios. */
export const tradingGateway: GatewayExtension = tradingExtension(tradingReads)

/** The same on other reads, which tests have ready. */
export function tradingExtension(
  readsOn: (parts: Pick<ReadParts, 'snapshots' | 'location'>) => TradingReads,
): GatewayExtension {
  return {
    description:
      'Reads of portfolios and stores, each answered from one moment of the database; registration and signals through an outbox.',
    storeExample: { store: 'positions', key: ['alpha-01', 'XNAS:MSFT'] },
    posts: {
      topics: [instrumentRegistered, marketPrices, tradingSignals, portfolioControls, ordersCommands],
      tables: schema => [
        ...createRegistration(schema),
        ...createControls(schema),
        ...createPrices(schema),
        ...createOrderCommands(schema),
      ],
    },
    pages: {
      folder: new URL('pages/', import.meta.url),
      pages: { '/': 'portfolio.html', '/portfolios/:portfolioId': 'portfolio.html' },
      assets: [
        ...(['portfolio.css', 'portfolio.js', 'calls.js', 'chart.js', 'controls.js', 'format.js'] as const),
        ...(['story.js', 'tables.js', 'updates.js'] as const),
      ],
    },
    routes(parts) {
      const { fresh, clock, closing, outbox, enterStream } = parts
      const reads = readsOn(parts)
      const known = knownInstrument({ ...parts.reads, ...reads }, clock)
      const registration = { outbox, clock, schema: parts.location.schema, producer: 'gateway', known }
      const controls = {
        ...{ outbox, clock, schema: parts.location.schema, producer: 'gateway', limits },
        known: knownControl({ ...parts.reads, ...reads }, clock),
      }
      const commands = {
        ...{ outbox, clock, schema: parts.location.schema, producer: 'gateway' },
        ...knownOrder(reads, clock),
      }
      return [
        portfolioResource({ reads, fresh }),
        positionResource({ reads, fresh }),
        orderResource({ reads, fresh }),
        orderCommandResource({ commands, letters: parts.letters, clock }),
        fillResource({ reads, fresh }),
        tradeResource({ reads, fresh }),
        historyResource({ reads, fresh }),
        updateResource({ reads, fresh, clock, closing, enterStream }),
        marketResource({ reads, fresh }),
        troubleResource({ reads, fresh, letters: parts.letters }),
        instrumentResource({ reads, fresh, clock, registration }),
        limitsResource({ reads, fresh, controls, limits, clock }),
        signalResource({ ...registration, decided: knownDecision(reads) }, clock),
        priceResource({ outbox, clock, schema: parts.location.schema, producer: 'gateway', limits }, clock),
        signalStatusResource({ reads, registration, letters: parts.letters }),
        traceResource({ reads, outbox, schema: parts.location.schema, fresh, letters: parts.letters }),
      ]
    },
    metrics: (registry, parts) => gaugeQuarantine(registry, parts, readsOn(parts)),
  }
}
