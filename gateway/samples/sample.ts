import { readFileSync } from 'node:fs'

/** Answers that the API's documentation shows; a test asks for each and compares. */
export const sampleNames = ['stores', 'store-row', 'outbox', 'ready'] as const

/** A name out of `sampleNames`. */
export type SampleName = (typeof sampleNames)[number]

/** The body of a documented answer. */
export function sample(name: SampleName): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'))
}
