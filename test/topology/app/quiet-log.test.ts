import * as assert from 'uvu/assert'
import { quietLog } from '../../../topology/app/quiet-log.ts'
import type { LogFields } from '../../../topology/runtime/log.ts'
import { VirtualClock } from '../../../topology/testing/virtual-clock.ts'
import { suite } from '../../support/suite.ts'

function logged() {
  const lines: (LogFields & { readonly level: string; readonly message: string })[] = []
  const say = (level: string) => (fields: LogFields, message: string) => void lines.push({ ...fields, level, message })
  const clock = new VirtualClock()
  const log = quietLog({ debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }, clock)
  return { lines, clock, log }
}

const refuse = (log: ReturnType<typeof logged>['log'], offset: number, code = 'PROCESS_FAILED') =>
  log.warn(
    { code, processor: 'check', topic: 'orders', task: `check_${offset % 6}`, offset },
    `dead-lettered ${offset}`,
  )

suite('a log that does not repeat itself', test => {
  test('a record refused 10,000 times a minute is six lines, which stand for all of them', async () => {
    const { lines, clock, log } = logged()
    for (let offset = 0; offset < 10_000; offset++) refuse(log, offset)
    assert.equal(
      lines.map(({ offset }) => offset),
      [0, 1, 2, 3, 4],
    )
    await clock.advance(60_000)
    assert.is(lines.length, 6)
    const { offset, repeats, message } = lines.at(-1)!
    assert.equal({ offset, repeats, message }, { offset: 9_999, repeats: 9_995, message: 'dead-lettered 9999' })
    refuse(log, 10_000)
    assert.is(lines.at(-1)?.offset, 10_000, 'the next minute begins anew')
  })

  test('other codes, processors and tasks that wait are kinds of their own', () => {
    const { lines, log } = logged()
    for (let n = 0; n < 9; n++) {
      refuse(log, n)
      refuse(log, n, 'DECODE_FAILED')
      log.warn({ task: `count_${n}`, code: 'STORE_UNAVAILABLE' }, `count_${n} waits: Postgres is away`)
      log.info({ group: 'g', generation: n }, `member joined generation ${n}`)
    }
    const of = (code: string | undefined) => lines.filter(line => line.code === code).length
    assert.equal([of('PROCESS_FAILED'), of('DECODE_FAILED'), of('STORE_UNAVAILABLE'), of(undefined)], [5, 5, 9, 5])
  })

  test('the last line of a process is said, after the counts of the others', () => {
    const { lines, log } = logged()
    for (let n = 0; n < 8; n++) refuse(log, n)
    log.error({ code: 'STOPPED_BY_POLICY', exitCode: 5 }, 'the end')
    assert.equal(
      lines.slice(5).map(({ repeats, exitCode }) => ({ repeats, exitCode })),
      [
        { repeats: 3, exitCode: undefined },
        { repeats: undefined, exitCode: 5 },
      ],
    )
  })

  test('what is told to debug is told each time', () => {
    const { lines, log } = logged()
    for (let n = 0; n < 20; n++) log.debug({}, 'an attempt')
    assert.is(lines.length, 20)
  })
})
