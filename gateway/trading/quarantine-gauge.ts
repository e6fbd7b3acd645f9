import { Gauge, type Registry } from 'prom-client'
import { quarantineReasons } from '../../processors/domain/books/order-fold.ts'
import { quarantine } from '../../store/trading/reconciler.ts'
import type { GatewayParts } from '../index.ts'
import type { TradingReads } from './reads/trading-reads.ts'

/**
 * Gauges the reports in quarantine, by reason, where the topology keeps books. They are NaN while the database does not
 * answer.
 */
export function gaugeQuarantine(
  registry: Registry,
  { topology }: Pick<GatewayParts, 'topology'>,
  { quarantined }: Pick<TradingReads, 'quarantined'>,
): void {
  const keepsBooks = topology.stores.some(({ name }) => name === quarantine.name)
  new Gauge({
    name: 'millrace_quarantined_reports',
    help: 'Execution reports that reconciliation keeps out of the books, by reason',
    labelNames: ['reason'],
    registers: [registry],
    async collect() {
      if (!keepsBooks) return
      const counts = await quarantined().catch(() => undefined)
      for (const reason of quarantineReasons) this.set({ reason }, counts ? (counts.get(reason) ?? 0) : Number.NaN)
    },
  })
}
