import type { SnapshotRow } from '../../schemas/trading/generated/snapshot-row.ts'
import type { Clock } from '../../topology/index.ts'
import type { SeenBooks } from './reads/history-reads.ts'
import type { TradingReads } from './reads/trading-reads.ts'

/** States of a portfolio's books after one, oldest first; none, too, while the database is away. */
export type VersionLooks = (portfolioId: string, after: SeenBooks) => Promise<readonly SnapshotRow[]>

/**
 * Looks for new versions, shared: callers that ask the same within `everyMs` get the same result. Streams of one portfolio
 * that have seen all of it ask the same, so they cost one query together, however many they are.
 */
export function versionLooks(
  reads: Pick<TradingReads, 'versionsAfter'>,
  clock: Pick<Clock, 'after'>,
  { everyMs, limit }: { readonly everyMs: number; readonly limit: number },
): VersionLooks {
  const looks = new Map<string, ReturnType<VersionLooks>>()
  const look = async (portfolioId: string, after: SeenBooks) => {
    const reading = await reads.versionsAfter({ portfolioId }, after, limit).catch(() => undefined)
    return reading?.kind === 'found' ? reading.value.value : []
  }
  return (portfolioId, after) => {
    const asked = JSON.stringify([portfolioId, after.version.toString(), after.at])
    const known = looks.get(asked)
    if (known) return known
    const answer = look(portfolioId, after)
    looks.set(asked, answer)
    clock.after(everyMs, () => looks.delete(asked))
    return answer
  }
}
