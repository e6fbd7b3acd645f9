import * as assert from 'uvu/assert'
import { type Failure, RequestFailure, readError, repeatableError, writeError } from '../../store/postgres/errors.ts'
import type { MillraceError } from '../../topology/definition/errors.ts'
import { suite } from '../support/suite.ts'

const cause = new Error('gone')
const failures: readonly Failure[] = [
  { kind: 'unreachable', cause },
  { kind: 'unanswered', cause },
  { kind: 'refused', code: '40P01', cause },
  { kind: 'refused', code: '42P01', cause },
]

function codes(classify: (error: unknown, what: string) => unknown): readonly string[] {
  return failures.map(failure => (classify(new RequestFailure(failure), 'do it') as MillraceError).code)
}

suite("Postgres' errors", test => {
  test('a write without an answer may have happened; a read, or what may be repeated, is tried again', () => {
    assert.equal(codes(writeError), ['STORE_UNAVAILABLE', 'COMMIT_UNKNOWN', 'STORE_UNAVAILABLE', 'STORE_MOVED'])
    assert.equal(codes(readError), ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_MOVED'])
    assert.equal(codes(repeatableError), ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_MOVED'])
  })

  test('what is no failed request stays what it is', () => {
    for (const classify of [writeError, readError, repeatableError]) assert.is(classify(cause, 'do it'), cause)
  })
})
