import { tradesApproved, tradesRejected } from '../../../processors/topics.ts'
import type { Parts } from '../../../topology/app/connections.ts'
import { readTopics } from '../../../topology/app/topics/read-topics.ts'

/** The number of decisions on each signal, by its idempotency key. */
export async function decisionsOn(ids: readonly string[], outside: Parts): Promise<readonly number[]> {
  const decided = (await readTopics([tradesApproved, tradesRejected], outside)).map(
    ({ value }) => (value as { readonly payload: { readonly idempotencyKey: string } }).payload.idempotencyKey,
  )
  return ids.map(id => decided.filter(each => each === id).length)
}
