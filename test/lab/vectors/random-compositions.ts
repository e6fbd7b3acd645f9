import { seededRandom } from '../../../topology/testing/random.ts'
import type { CompositionPlan, TablePlan, TopicName, WindowPlan } from './composition.ts'
import type { OpenCase } from './oracle.ts'

type Random = () => number

const recordsOfACase = 24

/** Seeded cases of operators on top of each other, two operators deep. Another number of cases does not change the rest. */
export function randomCompositions(count: number, seed: number): readonly OpenCase[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `composition-${seed}.${index + 1}`
    const choice = new Choice(seededRandom(seed * 1_000_003 + index))
    let plan = randomPlan(choice)
    // Kafka Streams reads a topic once.
    while (repeatsTopic(JSON.stringify(plan))) plan = randomPlan(choice)
    return { name, kind: 'composition', params: { plan }, steps: randomSteps(choice, JSON.stringify(plan)) }
  })
}

function repeatsTopic(plan: string): boolean {
  const topics = topicsOf(plan)
  return new Set(topics).size < topics.length
}

/** The topics that a plan reads, by name. */
function topicsOf(plan: string): readonly TopicName[] {
  const read = [...plan.matchAll(/"(?:table|unkept|versioned|stream)":"(\w+)"|"(?:aggregate|of)":\[([^\]]*)\]/g)]
  const names = read.flatMap(([, one, several]) => one ?? (several ?? '').replaceAll('"', '').split(','))
  return names.filter(name => name !== '') as TopicName[]
}

class Choice {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  from(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1))
  }

  pick<T>(list: readonly T[]): T {
    return list[this.from(0, list.length - 1)] as T
  }
}

function randomPlan(choice: Choice): CompositionPlan {
  if (choice.chance(0.25)) return { windowed: windowsOver(choice, choice.from(1, 2)) }
  const topic = choice.pick(['left', 'right', 'in'] as const)
  if (!choice.chance(0.2)) return sometimesUnkept(choice, tableOver(choice, 2, topic))
  const kind = choice.pick(['inner', 'left'] as const)
  const buffered = choice.chance(0.3)
  const history = choice.pick([5, 20, 100])
  if (buffered) return { stream: 'left', kind, with: { versioned: 'right', history }, grace: choice.from(0, history) }
  return { stream: 'left', kind, with: tableOver(choice, choice.from(1, 2), 'right') }
}

/** A table that nothing looks up may have no store. */
function sometimesUnkept(choice: Choice, plan: TablePlan): TablePlan {
  const text = JSON.stringify(plan)
  if (/"(join|foreign|group)"/.test(text) || !choice.chance(0.4)) return plan
  return JSON.parse(text.replace('"table"', '"unkept"'))
}

function tableOver(choice: Choice, depth: number, topic: TopicName): TablePlan {
  if (depth === 0) return baseTable(choice, topic)
  const kept = choice.chance(0.4) ? { store: true } : {}
  const inner = () => tableOver(choice, depth - 1, topic)
  const other = (): TopicName => (topic === 'left' ? 'right' : 'left')
  switch (choice.pick(['filter', 'filter', 'map', 'suppress', 'suppress', 'join', 'foreign', 'group'] as const)) {
    case 'filter':
      return { filter: inner(), ...kept }
    case 'map':
      return { map: inner(), ...kept }
    case 'suppress':
      return { suppress: unversioned(inner(), topic), every: choice.pick([0, 5, 10, 40]) }
    case 'group':
      return { group: inner(), by: 'list' }
    case 'join': {
      const [left, right] = [inner(), tableOver(choice, choice.from(0, depth - 1), other())]
      return { join: choice.pick(['inner', 'left', 'outer'] as const), left, right, ...kept }
    }
    default: {
      const sides = {
        left: tableOver(choice, depth - 1, 'left'),
        right: tableOver(choice, choice.from(0, depth - 1), 'right'),
      }
      // Without a store of its own a foreign-key join cannot be looked up.
      return { foreign: choice.pick(['inner', 'left'] as const), ...sides, store: true }
    }
  }
}

/** Kafka Streams refuses to suppress a versioned table. */
function unversioned(plan: TablePlan, topic: TopicName): TablePlan {
  return JSON.stringify(plan).includes('versioned') ? { table: topic } : plan
}

function baseTable(choice: Choice, topic: TopicName): TablePlan {
  if (choice.chance(0.2)) return { versioned: topic, history: choice.pick([5, 20, 1_000]) }
  if (choice.chance(0.15)) return { aggregate: [topic], by: choice.pick(['count', 'append'] as const) }
  return { table: topic }
}

function windowsOver(choice: Choice, depth: number): WindowPlan {
  const windows = choice.pick(['tumbling', 'sliding', 'session'] as const)
  const [size, grace] = [choice.pick([5, 10, 30]), choice.pick([0, 5, 30])]
  const by = choice.pick(['count', 'append', 'append'] as const)
  const leaf = (of: readonly TopicName[]): WindowPlan => ({
    windows,
    size,
    grace,
    of,
    by,
    ...(choice.chance(0.3) && { closed: true }),
  })
  const lowest = (of: readonly TopicName[]): WindowPlan =>
    choice.chance(0.15) ? { ...leaf([]), over: windowsOver(choice, choice.from(0, 1)) } : leaf(of)
  const over = (levels: number, of: readonly TopicName[]): WindowPlan => {
    if (levels === 0) return lowest(of)
    const kept = choice.chance(0.4) ? { store: true } : {}
    const inner = () => over(levels - 1, of)
    switch (choice.pick(['filter', 'map', 'suppress', 'join'] as const)) {
      case 'filter':
        return { filter: inner(), ...kept }
      case 'map':
        return { map: inner(), ...kept }
      case 'suppress': {
        const held = inner()
        // A suppression must know the serdes of what it holds, which a join without a store does not.
        return { suppress: 'join' in held ? { ...held, store: true } : held, every: choice.pick([0, 5, 10, 40]) }
      }
      default:
        return {
          join: choice.pick(['inner', 'left', 'outer'] as const),
          left: inner(),
          right: leaf(['right']),
          ...kept,
        }
    }
  }
  return over(depth, choice.chance(0.3) ? ['left', 'right'] : ['left'])
}

function randomSteps(choice: Choice, plan: string): OpenCase['steps'] {
  const topics = topicsOf(plan)
  const keys = choice.pick([['A'], ['A', 'B'], ['A', 'B', 'k']])
  const [late, nulls, negative, headers] = [
    choice.pick([0, 0.3]),
    choice.pick([0, 0.15, 0.3]),
    choice.pick([0, 0, 0.1]),
    choice.pick([0, 0.5]),
  ]
  // Kafka Streams fails on a null key in a left join with a grace.
  const nullKeys = !plan.startsWith('{"stream":"left","kind":"left","with":{"versioned"')
  const foreign = plan.includes('"foreign"')
  let time = 0
  return Array.from({ length: recordsOfACase }, (_, index) => {
    const topic = choice.pick(topics)
    time += choice.pick([0, 1, 3, 8, 15])
    const at = choice.chance(negative)
      ? -choice.from(1, 9)
      : choice.chance(late)
        ? Math.max(0, time - choice.from(1, 25))
        : time
    const plain = `${choice.pick(['a', 'b', 'x'])}${index + 1}`
    const text =
      foreign && topic === 'left' && choice.chance(0.9) ? `${choice.pick([...keys, 'nobody'])}:${plain}` : plain
    const value = choice.chance(nulls) ? null : text
    const key = nullKeys && choice.chance(0.04) ? null : choice.pick(keys)
    const trace = choice.chance(headers) ? ([{ trace: `t${index + 1}` }] as const) : ([] as const)
    return { in: [topic, key, value, at, ...trace] as const }
  })
}
