import type { FindLetters, FoundLetter } from '../../gateway/letters.ts'
import type { Parts } from '../../topology/app/connections.ts'
import type { Broker } from '../../topology/broker/port.ts'
import type { TopologyGraph } from '../../topology/definition/graph.ts'
import { type DecodedLetter, letterDecoder } from './decode-letters.ts'
import { idsOf } from './describe-letter.ts'
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
  return ids => lettersAbout(broker, decode, ids)
}

async function lettersAbout(
  broker: Broker,
  decode: (letter: Letter) => Promise<DecodedLetter>,
  ids: readonly string[],
): Promise<readonly FoundLetter[]> {
  const found: FoundLetter[] = []
  for (const letter of await readLetters(broker)) if (await isAbout(letter, decode, ids)) found.push(viewLetter(letter))
  return found.sort((a, b) => Date.parse(a.lastFailure) - Date.parse(b.lastFailure))
}

async function isAbout(
  letter: KnownLetter,
  decode: (letter: Letter) => Promise<DecodedLetter>,
  ids: readonly string[],
): Promise<boolean> {
  const decoded = await decode(letter)
  if (Object.values(idsOf(letter, decoded)).some(id => ids.includes(id))) return true
  if (decoded.undecodable === undefined) return false
  const { key, value } = letter.record
  return ids.some(id => id.length >= tellingLength && [key, value].some(part => part && Buffer.from(part).includes(id)))
}

function viewLetter(letter: KnownLetter): FoundLetter {
  const { place, source, processor, code, message, attempts, lastFailure, state } = letter
  return { place, source: placeOf(source), processor, code, message, attempts, lastFailure, state }
}
