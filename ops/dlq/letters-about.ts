import type { FindLetters, FoundLetter } from '../../gateway/letters.ts'
import type { Parts } from '../../topology/app/connections.ts'
import type { Broker } from '../../topology/broker/port.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { type DecodedLetter, letterDecoder } from './decode-letters.ts'
import { fieldOf, idsOf } from './describe-letter.ts'
import { type Letter, placeOf } from './letter.ts'
import { type KnownLetter, readLetters } from './read-letters.ts'

/** An id is looked for in bytes that nobody can decode only if it is too long to be found in them by accident. */
const tellingLength = 8

/** Finds dead letters by the ids of their records, which are decoded with the serdes of a topology. */
export async function letterFinder(
  { broker, registry }: Pick<Parts, 'broker' | 'registry'>,
  graph: TopologyGraph,
): Promise<FindLetters> {
  const decode = await letterDecoder(graph, registry)
  return (ids, field) => lettersAbout(broker, decode, ids, field)
}

async function lettersAbout(
  broker: Broker,
  decode: (letter: Letter) => Promise<DecodedLetter>,
  ids: readonly string[],
  field: string | undefined,
): Promise<readonly FoundLetter[]> {
  const found: FoundLetter[] = []
  for (const letter of await readLetters(broker))
    if (await isAbout(letter, decode, ids, field)) found.push(viewLetter(letter))
  return found.sort((a, b) => Date.parse(a.lastFailure) - Date.parse(b.lastFailure))
}

async function isAbout(
  letter: KnownLetter,
  decode: (letter: Letter) => Promise<DecodedLetter>,
  ids: readonly string[],
  field: string | undefined,
): Promise<boolean> {
  const decoded = await decode(letter)
  if (field !== undefined) return ids.includes(fieldOf(decoded, field) as string)
  if (Object.values(idsOf(letter, decoded)).some(id => ids.includes(id))) return true
  if (decoded.undecodable === undefined) return false
  const { key, value } = letter.record
  return ids.some(id => id.length >= tellingLength && [key, value].some(part => part && Buffer.from(part).includes(id)))
}

function viewLetter(letter: KnownLetter): FoundLetter {
  const { place, source, processor, code, message, attempts, lastFailure, state } = letter
  return { place, source: placeOf(source), processor, code, message, attempts, lastFailure, state }
}
