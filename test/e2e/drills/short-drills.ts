import { deadLettersDrill } from './dead-letters.ts'
import { outboxDrill } from './outbox.ts'
import { poisonSchemaDrill } from './poison-schema.ts'
import { scalingOutDrill } from './scaling-out.ts'
import type { TradingDrill } from './trading-ground.ts'

/** The drills that `npm test` holds, by the runbook that each follows, in their order. */
export const shortDrills: Readonly<Record<string, TradingDrill>> = {
  'scaling-out.md': scalingOutDrill,
  'dead-letters.md': deadLettersDrill,
  'outbox.md': outboxDrill,
  'poison-schema.md': poisonSchemaDrill,
}
