import type { VectorStep } from './case.ts'

/** The rules for a case's inputs: records that its topology could not read are left out. */
export interface InputRules {
  /** Shape: `['in']`, `['left', 'right']`. */
  readonly topics: readonly string[]
  /** Values of the left topic name a key of the right one: `A:l12`. */
  readonly foreignKeys: boolean
  /** Topics whose values may be empty. */
  readonly emptyValues: readonly string[]
  readonly nullValues: boolean
  readonly nullKeys: boolean
}

type Random = () => number
type Chance = (share: number) => boolean

/** The steps of event time from one record to the next. Units: ms. */
interface Pace {
  /** The longest step forward. */
  readonly step: number
  /** A jump forward, now and then. */
  readonly jump: number
  /** The greatest lateness of a late record. */
  readonly back: number
}

const paces: readonly Pace[] = [
  { step: 8, jump: 40, back: 15 },
  { step: 8, jump: 40, back: 15 },
  { step: 3, jump: 12, back: 25 },
  { step: 1, jump: 2, back: 4 },
  { step: 12, jump: 300, back: 60 },
  { step: 10, jump: 100_000, back: 70_000 },
  { step: 5, jump: 200_000_000, back: 120 },
]

const letters = [
  ['A', 'B', 'C'],
  ['A', 'B', 'C'],
  ['A'],
  ['A', 'B'],
  ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'],
  ['A', '', 'é', 'B'],
]

/** Seeded inputs of a case: keys, values and times with nulls, repeated values, late records and jumps. */
export function randomInputs(random: Random, rules: InputRules, count: number): readonly Pick<VectorStep, 'in'>[] {
  const chance: Chance = share => random() < share
  const upTo = (limit: number) => Math.floor(random() * (limit + 1))
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const pace = pick(paces)
  const keys = pick(letters)
  const [nullKeys, nullValues, late, jumps, repeats] = [
    pick([0, 0.05, 0.2]),
    pick([0, 0.12, 0.4]),
    pick([0, 0.15, 0.4]),
    pick([0, 0.05, 0.15]),
    pick([0, 0.3]),
  ]
  const leftShare = pick([0.5, 0.5, 0.8, 0.2])
  let time = chance(0.3) ? upTo(1_000) : 0

  const valueFor = (topic: string, index: number): string | null => {
    if (chance(nullValues) && rules.nullValues) return null
    if (rules.emptyValues.includes(topic) && chance(0.03)) return ''
    const value = `${topic.charAt(0)}${chance(repeats) ? index % 3 : index}`
    if (!rules.foreignKeys || topic !== 'left') return value
    return chance(0.08) ? value : `${chance(0.05) ? 'nobody' : pick(keys)}:${value}`
  }

  return Array.from({ length: count }, (_, index) => {
    const topic = rules.topics.length === 1 || chance(leftShare) ? rules.topics[0] : rules.topics[1]
    time += chance(jumps) ? upTo(pace.jump) : upTo(pace.step)
    const at = chance(late) ? Math.max(0, time - upTo(pace.back)) : time
    const key = chance(nullKeys) && rules.nullKeys ? null : pick(keys)
    return { in: [topic as string, key, valueFor(topic as string, index + 1), at] }
  })
}
