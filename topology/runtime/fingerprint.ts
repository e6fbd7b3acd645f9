import { createHash } from 'node:crypto'
import type { TopologyDefinition } from '../definition/definition.ts'
import { snapshotOf } from '../definition/snapshot.ts'

/** The fingerprint of everything of a topology that a diff compares: names, serdes, stores, operators. Code is not part of it. */
export function fingerprintOf(definition: TopologyDefinition): string {
  return createHash('sha256')
    .update(JSON.stringify(snapshotOf(definition.declared ?? definition)))
    .digest('hex')
    .slice(0, 12)
}
