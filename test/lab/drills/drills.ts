import { brokerLostDrill } from './broker-lost.ts'
import { deadLettersDrill } from './dead-letters.ts'
import { metricsDrill } from './metrics.ts'
import { outboxDrill } from './outbox.ts'
import { poisonSchemaDrill } from './poison-schema.ts'
import { postgresLostDrill } from './postgres-lost.ts'
import { replayDrill } from './replay.ts'
import { rollingDeployDrill } from './rolling-deploy.ts'
import { scalingOutDrill } from './scaling-out.ts'
import type { Drill, TradingDrill } from './trading-ground.ts'
import { workerStoppedDrill } from './worker-stopped.ts'
import { zombieDrill } from './zombie.ts'

/** The drills that `npm test` holds, by the runbook that each follows, in their order. */
export const shortDrills: Readonly<Record<string, TradingDrill>> = {
  'metrics.md': metricsDrill,
  'scaling-out.md': scalingOutDrill,
  'dead-letters.md': deadLettersDrill,
  'outbox.md': outboxDrill,
  'poison-schema.md': poisonSchemaDrill,
  'worker-stopped.md': workerStoppedDrill,
  'postgres-lost.md': postgresLostDrill,
}

/** The drills that are held on the same ground by `npm run chaos -- drills` alone, since they take longer. */
export const longDrills: Readonly<Record<string, TradingDrill>> = {
  'zombie.md': zombieDrill,
  'replay.md': replayDrill,
  'rolling-deploy.md': rollingDeployDrill,
}

/** The drills of that command that start servers of their own. */
export const apartDrills: Readonly<Record<string, Drill>> = { 'broker-lost.md': brokerLostDrill }
