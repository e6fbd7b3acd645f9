import type { FailurePolicy } from '../definition/definition.ts'
import { durationMs } from '../definition/duration.ts'
import type { YamlValue } from './document.ts'
import { yamlKeys } from './keys.ts'
import type { YamlReading } from './reading.ts'
import { parseDuration, readDuration, readFunction, readWord } from './values.ts'

/** The waits of retries without a `backoff`. */
const defaultBackoff = { backoff: '100ms', cap: '10s' } as const

/** A failure policy. Shape: `{ retry: 5, backoff: 100ms to 10s, when: ./risk.ts#isRetriable, then: dead-letter }`. */
export async function readOnError(
  reading: YamlReading,
  value: YamlValue,
  where: string,
): Promise<FailurePolicy | undefined> {
  const { document } = reading
  const what = `on-error of ${where}`
  const fields = document.record(value, what, yamlKeys.onError)
  if (!fields) return undefined
  const attempts = fields.retry && document.wholeNumber(fields.retry.value, `retry of ${what}`, 1)
  const backoff = fields.backoff ? readBackoff(reading, fields.backoff.value, what) : defaultBackoff
  if (fields.backoff && !fields.retry) {
    document.report(fields.backoff.at, `${what} has a backoff but no retry: say how often, such as 'retry: 5'`)
  }
  const when = await readFunction(reading, fields.when, `when of ${what}`)
  const end = fields.then && readWord(document, fields.then.value, `then of ${what}`, ['dead-letter', 'stop'] as const)
  const slowAfter = fields['slow-after'] && readDuration(document, fields['slow-after'].value, `slow-after of ${what}`)
  const breaker = fields.breaker && readBreaker(reading, fields.breaker.value, what)
  return {
    ...(attempts !== undefined && backoff && { retry: { attempts, ...backoff } }),
    ...(when && { isRetriable: when as NonNullable<FailurePolicy['isRetriable']> }),
    then: end ?? 'dead-letter',
    ...(breaker && { breaker }),
    ...(slowAfter !== undefined && { slowAfter }),
  }
}

/** `50% of 1000`: at most half of the last thousand records may fail. */
function readBreaker({ document }: YamlReading, value: YamlValue, where: string): FailurePolicy['breaker'] {
  const what = `breaker of ${where}`
  const text = document.text(value, what)
  if (text === undefined) return undefined
  const [, percent, records] = /^(\d+(?:\.\d+)?)\s*% of (\d+)$/.exec(text) ?? []
  if (percent !== undefined && Number(percent) <= 100) return { share: Number(percent) / 100, records: Number(records) }
  document.report(value.at, `${what} is '${text}': write a share and a number of records, such as '50% of 1000'`)
  return undefined
}

/** `100ms to 10s`: the first wait and the longest; `1s`: every wait. */
function readBackoff({ document }: YamlReading, value: YamlValue, where: string) {
  const what = `backoff of ${where}`
  const text = document.text(value, what)
  if (text === undefined) return undefined
  const [first, last, ...rest] = text.split(/\s+to\s+/)
  if (rest.length > 0 || first === undefined) {
    document.report(value.at, `${what} is '${text}': write the first and the longest wait, such as '100ms to 10s'`)
    return undefined
  }
  const backoff = parseDuration(document, value, what, first)
  const cap = last === undefined ? backoff : parseDuration(document, value, what, last)
  if (backoff === undefined || cap === undefined) return undefined
  if (durationMs(cap) < durationMs(backoff)) {
    document.report(value.at, `${what} ends below its start: write '${last} to ${first}'`)
    return undefined
  }
  return { backoff, cap }
}
