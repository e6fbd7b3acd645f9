import type { EngineSettings } from '../../runtime/task-environment.ts'
import { seededRandom } from '../random.ts'

/** The cluster and the engine settings of a seed, without its faults. */
interface Surroundings {
  readonly settings: Partial<EngineSettings>
  readonly fenceGenerations: boolean
  readonly deleteRetentionMs: number
  /** Processes keep their instance ids when they start again (KIP-345). */
  readonly staticMembers: boolean
}

/**
 * Draws a seed's surroundings: brokers with and without KIP-447, changelogs that soon drop tombstones, caches of zero bytes,
 * small buffers. The values in `settings` are kept.
 */
export function surroundingsOf(seed: number, settings: Partial<EngineSettings>): Surroundings {
  const random = seededRandom(seed ^ 0x1b873593)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const drawn = {
    commitIntervalMs: pick([20, 100, 100, 400]),
    maxBufferBytes: pick([16 * 1024 * 1024, 16 * 1024 * 1024, 2_000]),
    maxQueueBytes: pick([4 * 1024 * 1024, 4 * 1024 * 1024, 500]),
    cacheBytes: pick([64 * 1024 * 1024, 1_200, 0]),
    storeCheckMs: 2_000,
    // Shorter than the freezes of a plan: the group gives away the tasks of a process that lives.
    sessionTimeoutMs: 10_000,
  }
  return {
    settings: { ...drawn, ...settings },
    fenceGenerations: random() < 0.6,
    deleteRetentionMs: pick([1_500, 1_500, 86_400_000]),
    staticMembers: random() < 0.4,
  }
}
