import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { millrace } from '../../support/command.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { database } = await realParts({ postgres: true })
const DATABASE_URL = await database()
const folder = mkdtempSync(join(tmpdir(), 'millrace-signals-'))
const run = (...args: readonly string[]) => millrace(args, { DATABASE_URL })

suite('instruments, signals and outbox commands', test => {
  test('register all, change one, name those registered already', async () => {
    const first = await run('instruments', 'register', 'processors/instruments.yaml')
    assert.is(first.code, 0, first.stderr)
    assert.match(first.stdout, 'XNAS:MSFT  version 1  enabled  on its way')
    const again = await run('instruments', 'register', 'processors/instruments.yaml')
    assert.equal(again.stdout.match(/registered already/g)?.length, 6)
    const disabled = await run('instruments', 'disable', 'XNAS:MSFT')
    assert.match(disabled.stdout, 'XNAS:MSFT  version 2  disabled  on its way')
    const unknown = await run('instruments', 'enable', 'XNAS:NONE')
    assert.is(unknown.code, 3)
    assert.match(unknown.stderr, "instrument 'XNAS:NONE' is not registered: register it first")
  })

  test('signals of a file are posted once; a bad line is named and does not stop the rest', async () => {
    const file = join(folder, 'signals.ndjson')
    const line = {
      idempotencyKey: 'a',
      portfolioId: 'alpha-01',
      exchange: 'XNAS',
      instrumentId: 'MSFT',
      side: 'BUY',
      quantity: '10',
    }
    const at = { occurredAt: '2010-01-01T00:00:00Z' }
    writeFileSync(
      file,
      [{ ...line, ...at }, 'nonsense', { ...line, ...at, idempotencyKey: 'b' }]
        .map(one => JSON.stringify(one))
        .join('\n'),
    )
    const first = await run('signals', 'post', file)
    assert.match(first.stdout, '2 posted  0 repeated  0 in conflict  1 bad lines')
    assert.match(first.stderr, `${file}:2: `)
    assert.is(first.code, 1)
    assert.match((await run('signals', 'post', file)).stdout, '0 posted  2 repeated')
  })

  test('the outbox says what waits: six registrations, one change, two signals', async () => {
    const { stdout, code } = await run('outbox', 'status', '--json')
    const { pending, published, led } = JSON.parse(stdout)
    assert.equal([code, pending, published, led], [0, 9, 0, false])
    assert.match((await run('outbox', 'status')).stdout, 'no relay leads')
  })

  test('stuck entries are listed, shown, tried again and skipped; one that is not stuck is refused', async () => {
    const sql = postgres(DATABASE_URL, { max: 1 })
    const ids = (await sql`select event_id from millrace_outbox order by id limit 2`.values()).map(([id]) => String(id))
    const [one, two] = ids as [string, string]
    await sql`update millrace_outbox set failure = 'it does not fit' where event_id in (${one}, ${two})`
    await sql.end()
    const listed = JSON.parse((await run('outbox', 'list', '--json')).stdout) as {
      readonly entries: readonly { readonly eventId: string; readonly state: string }[]
    }
    assert.equal(
      listed.entries.map(({ eventId, state }) => [eventId, state]),
      [
        [one, 'stuck'],
        [two, 'stuck'],
      ],
    )
    const [shown, retried, skipped, refused, odd] = await Promise.all([
      run('outbox', 'show', one),
      run('outbox', 'retry', one, '--json'),
      run('outbox', 'skip', two),
      run('outbox', 'skip', 'nobody'),
      run('outbox', 'list', '--state=odd'),
    ])
    assert.match(shown!.stdout, `${one}  `)
    assert.equal(JSON.parse(retried!.stdout), { eventId: one, state: 'retried' })
    assert.match(skipped!.stdout, `${two} is skipped`)
    assert.equal([refused!.code, odd!.code], [3, 2])
    assert.match(refused!.stderr, "no stuck entry of event 'nobody'")
    const { entries } = JSON.parse((await run('outbox', 'list', '--state=skipped', '--json')).stdout)
    assert.equal(
      entries.map(({ eventId, failure }: Record<string, unknown>) => [eventId, failure]),
      [[two, 'it does not fit']],
    )
  })

  test.after(() => rmSync(folder, { recursive: true, force: true }))
})
