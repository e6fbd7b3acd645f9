import type { Header } from '../../../topology/definition/record.ts'
import type { Topic } from '../../../topology/definition/topic.ts'
import { testDriver } from '../../../topology/testing/driver.ts'
import { difference, recordHeaders, type VectorCase, type VectorRecord } from './case.ts'
import { vectorTopology } from './topologies.ts'

/**
 * Runs a case in the test driver. Returns its first difference from Kafka Streams in words; undefined when there is none.
 * Shape: `step 12, ["in","A","i7",40]: expected [...], got [...]`.
 */
export async function runVector(vector: VectorCase): Promise<string | undefined> {
  const { topology, inputs, output } = vectorTopology(vector)
  const driver = await testDriver(topology)
  for (const [index, step] of vector.steps.entries()) {
    const [topic, key, value, at, headers] = step.in
    await driver.pipe(inputs[topic]!, key, value, { at, headers: recordHeaders(headers) })
    const where = `step ${index + 1}, ${JSON.stringify(step.in)}`
    const [failed] = driver.deadLetters()
    if (failed) return `${where}: the record failed: ${JSON.stringify(failed.headers)}`
    const written = driver.read(output as Topic<string, string | null, string | bigint | null>)
    const found = difference(step.out, written.map(writtenRecord))
    if (found) return `${where}: ${found}`
  }
  return undefined
}

/** The record as the cases write it: counts as numbers, and headers where there are any. */
export function writtenRecord(record: {
  readonly key: string | null
  readonly value: string | bigint | null
  readonly timestamp: number
  readonly headers?: readonly Header[]
}): VectorRecord {
  const value = typeof record.value === 'bigint' ? Number(record.value) : record.value
  const written = ['out', record.key, value, record.timestamp] as const
  const { headers = [] } = record
  if (headers.length === 0) return written
  return [...written, Object.fromEntries(headers.map(({ key, value }) => [key, Buffer.from(value ?? []).toString()]))]
}
