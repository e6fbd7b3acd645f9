import { errorCodes, TopologyError } from '../../topology/definition/errors.ts'
import { deadLetterTopic } from '../../topology/definition/naming.ts'
import { closest, didYouMean } from '../../topology/definition/suggestion.ts'
import type { Letter } from './letter.ts'

/** The states of a letter. */
export const letterStates = ['open', 'retried', 'resolved', 'dropped'] as const

/** `open`: nobody has decided; `retried`: sent back; `resolved`: sent back and processed since; `dropped`: given up. */
export type StateName = (typeof letterStates)[number]

/** A selection of dead letters. Unset: all. */
export interface LetterFilter {
  readonly application?: string
  /** A source topic, or its dead-letter topic. */
  readonly topic?: string
  /** A processor, or another node, or a sub-topology. */
  readonly processor?: string
  readonly code?: string
  /** The first and the last time of the last failure. Units: ms since the epoch. */
  readonly since?: number
  readonly until?: number
  /** Places in dead-letter topics. Shape: `['orders.fills.dlq/3/41']`. */
  readonly places?: readonly string[]
}

/** The dead-letter topics that the filter means, of those there are. Errors: TopologyError CONFIG_INVALID for a mistyped name. */
export function topicsMeant(filter: LetterFilter, all: readonly string[]): readonly string[] {
  for (const place of filter.places ?? []) checkPlace(place, all)
  const { topic } = filter
  if (topic === undefined) return all
  const meant = all.filter(name => name === topic || name === deadLetterTopic(topic))
  if (meant.length > 0) return meant
  const sources = all.map(name => name.slice(0, -deadLetterTopic('').length))
  throw refused(`topic '${topic}' has no dead-letter topic${didYouMean(topic, [...sources, ...all]) || among(sources)}`)
}

function checkPlace(place: string, all: readonly string[]): void {
  const [, topic = '', ...rest] = /^(.+)\/(\d+)\/(\d+)$/.exec(place) ?? []
  if (rest.length === 0) throw refused(`'${place}' is no place of a dead letter: write <topic>/<partition>/<offset>`)
  if (!all.includes(topic))
    throw refused(`there is no dead-letter topic '${topic}'${didYouMean(topic, all) || among(all)}`)
}

/**
 * Refuses a name that no letter has while another one is near: that is a slip, not an empty answer.
 * Errors: TopologyError CONFIG_INVALID, with the nearest name.
 */
export function checkNames({ application, processor, code, places }: LetterFilter, letters: readonly Letter[]): void {
  const slip = (what: string, name: string | undefined, known: readonly string[]) => {
    if (name === undefined || known.includes(name) || closest(name, known) === undefined) return
    throw refused(`no dead letter is of ${what} '${name}'${didYouMean(name, known)}`)
  }
  slip(
    'application',
    application,
    unique(letters, ({ application: name }) => [name]),
  )
  slip(
    'processor',
    processor,
    unique(letters, letter => [letter.processor, letter.subtopology]),
  )
  const codes = Object.keys(errorCodes)
  if (code !== undefined && !codes.includes(code))
    throw refused(
      `there is no error code '${code}'${didYouMean(code, codes) || ', such as DECODE_FAILED or PROCESS_FAILED'}`,
    )
  const missing = places?.find(place => !letters.some(letter => letter.place === place))
  if (missing !== undefined)
    throw refused(`there is no dead letter at ${missing}: it has left its topic, or never was there`)
}

/** Whether the filter selects the letter. */
export function isMeant(letter: Letter, filter: LetterFilter): boolean {
  const { application, processor, code, since, until, places } = filter
  const failed = Date.parse(letter.lastFailure)
  return (
    (application === undefined || application === letter.application) &&
    (processor === undefined || processor === letter.processor || processor === letter.subtopology) &&
    (code === undefined || code === letter.code) &&
    (since === undefined || failed >= since) &&
    (until === undefined || failed <= until) &&
    (places === undefined || places.includes(letter.place))
  )
}

function unique(letters: readonly Letter[], names: (letter: Letter) => readonly string[]): readonly string[] {
  return [...new Set(letters.flatMap(names))].filter(name => name !== '')
}

function among(names: readonly string[]): string {
  return names.length === 0
    ? ': no record has failed yet'
    : `: choose among ${names.map(name => `'${name}'`).join(', ')}`
}

function refused(message: string): TopologyError {
  return new TopologyError('CONFIG_INVALID', message)
}
