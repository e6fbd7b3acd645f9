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

  test('a read refused for its value is of the record; refused for anything else, of no record: the worker stops', () => {
    const refused = (code: string) => readError(new RequestFailure({ kind: 'refused', code, cause }), 'read')
    // https://www.postgresql.org/docs/18/errcodes-appendix.html: a NUL in text, a number out of range, a key too long
    for (const code of ['22021', '22003', '54000']) assert.is((refused(code) as MillraceError).name, 'SerdeError', code)
    // privileges, a missing column, a cached plan after `alter table`, a statement that a pooler forgot
    for (const code of ['42501', '42703', '0A000', '26000', 'XX001'])
      assert.is((refused(code) as MillraceError).name, 'FatalError', code)
  })

  test('a URL that Postgres refuses is told as that, at a start; under a running task it is an outage', () => {
    // https://www.postgresql.org/docs/18/errcodes-appendix.html: a wrong password, an unknown role, no such database
    for (const code of ['28P01', '28000', '3D000']) {
      const refused = new RequestFailure({ kind: 'unreachable', cause: Object.assign(new Error('no'), { code }) })
      const told = repeatableError(refused, 'migrate') as MillraceError
      assert.equal([told.name, told.code], ['TopologyError', 'CONFIG_INVALID'])
      assert.is((writeError(refused, 'write') as MillraceError).code, 'STORE_UNAVAILABLE')
    }
  })

  test('a right that is missing when tables are made is a matter of configuration', () => {
    const refused = new RequestFailure({ kind: 'refused', code: '42501', cause })
    const told = repeatableError(refused, "migrate schema 'app'") as MillraceError
    assert.equal([told.name, told.code], ['TopologyError', 'CONFIG_INVALID'])
    assert.match(told.message, 'MILLRACE_SCHEMA')
    assert.is((writeError(refused, 'write') as MillraceError).name, 'FatalError')
  })

  test('what is no failed request stays what it is', () => {
    for (const classify of [writeError, readError, repeatableError]) assert.is(classify(cause, 'do it'), cause)
  })
})
