/**
 * What state stores do because a fault would otherwise lose or bring back rows: the part of `topology/runtime/safeguards.ts`
 * that stands here. Each is read at exactly one place; `npm run sim -- --planted` takes them away one at a time. Nothing else
 * may write here.
 */
export const safeguards = {
  /** C5: an apply with another epoch is refused: Kafka's fence does not stop a zombie's late SQL (`checkpoint-verdict.ts`). */
  checkEpoch: true,
  /** C5: an apply with another previous offset is refused: the table was replaced under its task (`checkpoint-verdict.ts`). */
  checkPrevious: true,
  /** Rows of commits that the storage does not have yet are not evicted (`slot.ts`). */
  pinInFlight: true,
  /** Drained writes stay readable until they are applied (`write-back-table.ts`). */
  keepDrained: true,
  /** A storage answer never replaces what was written since it was asked (`row-cache.ts`). */
  newestWins: true,
  /** A deleted key is not an absent key: the storage may still have its row (`row-cache.ts`). */
  rememberDeleted: true,
}
