import { comparedTopics, type Outputs } from './outputs.ts'
import type { AnyEvent } from './step.ts'

/** The result of a comparison. */
export interface Comparison {
  /** Events of each kind that both programs wrote, by topic and reason. Shape: `{ 'trades.rejected RATE_LIMIT_EXCEEDED': 17 }`. */
  readonly counts: ReadonlyMap<string, number>
  readonly differences: readonly string[]
}

/** Texts for people, which the specification leaves open. */
const free = new Set(['payload.reason'])

/** Compares what two programs wrote: every field of every event, and the dead letters. */
export function compareOutputs(own: Outputs, other: Outputs): Comparison {
  const counts = new Map<string, number>()
  const differences: string[] = []
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { name } of comparedTopics) {
    const others = new Map(other.events.get(name)!.map(event => [event.eventId, event]))
    for (const event of own.events.get(name)!) {
      count(kindOf(name, event))
      const found = others.get(event.eventId)
      if (found === undefined)
        differences.push(`${name} ${event.eventId}: the other program has no such event: ${brief(event)}`)
      else
        differences.push(
          ...differing(flat(event), flat(found)).map(line => `${name} ${event.eventId}: ${line} (${brief(event)})`),
        )
      others.delete(event.eventId)
    }
    for (const event of others.values())
      differences.push(`${name} ${event.eventId}: the other program alone has it: ${brief(event)}`)
  }
  const letters = new Map<string, number>()
  for (const letter of own.deadLetters) {
    count(`dead letters ${letter.split(' ').at(-1)}`)
    letters.set(letter, (letters.get(letter) ?? 0) + 1)
  }
  for (const letter of other.deadLetters) letters.set(letter, (letters.get(letter) ?? 0) - 1)
  for (const [letter, more] of letters)
    if (more !== 0) differences.push(`dead letter ${letter}: ${Math.abs(more)} more ${more > 0 ? 'here' : 'there'}`)
  return { counts, differences }
}

function kindOf(topic: string, { payload }: AnyEvent): string {
  const { reasonCode, execType } = payload as { readonly reasonCode?: string; readonly execType?: string }
  return [topic, reasonCode ?? execType].filter(part => part !== undefined).join(' ')
}

function brief({ payload }: AnyEvent): string {
  const { portfolioId, idempotencyKey, reasonCode, tradeId } = payload as Readonly<Record<string, string | undefined>>
  return [portfolioId, idempotencyKey, reasonCode, idempotencyKey ?? tradeId]
    .filter(part => part !== undefined)
    .join(' ')
}

function differing(own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...own.keys(), ...other.keys()])]
    .filter(path => !free.has(path) && own.get(path) !== other.get(path))
    .map(path => `${path} is ${own.get(path)} here and ${other.get(path)} there`)
}

/** Every leaf by its path; decimals as they count 1e-18. */
function flat(value: unknown, path = '', leaves = new Map<string, string>()): ReadonlyMap<string, string> {
  if (value === null || typeof value !== 'object') return leaves.set(path, String(value))
  for (const [name, inner] of Object.entries(value)) flat(inner, path === '' ? name : `${path}.${name}`, leaves)
  return leaves
}
