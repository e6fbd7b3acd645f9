import * as assert from 'uvu/assert'
import { type KnownLetter, readLetters } from '../../../ops/dlq/read-letters.ts'
import { portfolioSignals, tradingSignals } from '../../../processors/topics.ts'
import { avro } from '../../../schemas/avro/avro.ts'
import type { Runbook } from '../../support/runbook.ts'
import { waitFor } from '../../support/wait-for.ts'
import { decisionsOn } from './decisions.ts'
import { alertsOf, scrapeUntil, sumOf } from './scrapes.ts'
import { signalRecord } from './signal-record.ts'
import type { TradingGround } from './trading-ground.ts'

const subject = `${tradingSignals.name}-value`
const undecodable = 3

/**
 * Signals under a schema that the registry has lost are drained by a retry once it has it again; a key that was used twice for
 * different signals is dropped. Afterwards no letter is open, and each signal has its one decision.
 */
export async function deadLettersDrill(runbook: Runbook, { worker, outside, rest }: TradingGround) {
  const { registry, broker } = outside
  // The registry counts ids up by one: the next is the one after that of any new schema.
  const probe = avro({ type: 'record', name: 'Probe', fields: [] })
  const lost = (await registry.register('drill.probe-value', probe.schema!)) + 1
  const before = await scrapeUntil(worker, 'no scrape', samples => samples !== undefined)
  const letters = sumOf(before, 'millrace_dead_letters_total')
  const writer = await broker.writer()
  const signals = await Promise.all(
    Array.from({ length: undecodable }, (_, index) => signalRecord(`dead-letters-${index}`, outside)),
  )
  await writer.send(
    signals.map(record => {
      // The field that the lost schema has more is a null, its union's first branch.
      const value = Buffer.concat([record.value!, Buffer.from([0])])
      value.writeInt32BE(lost, 1)
      return { ...record, value }
    }),
  )
  await writer.send([await signalRecord('dead-letters-twice', outside)])
  await writer.send([await signalRecord('dead-letters-twice', outside, 2n * 10n ** 18n)])
  await writer.close()
  const trouble = await scrapeUntil(
    worker,
    'the letters are not counted',
    samples => sumOf(samples, 'millrace_dead_letters_total') === letters + undecodable + 1,
  )
  assert.ok(alertsOf(before, trouble).includes('MillraceDeadLetters'))
  // A commit is counted when it is acknowledged; readers see its letters a moment later.
  let conflict: KnownLetter | undefined
  await waitFor(
    async () => {
      const open = (await readLetters(broker)).filter(({ state }) => state === 'open')
      conflict = open.find(({ source }) => source.topic === portfolioSignals.name)
      return conflict !== undefined && open.length >= undecodable + 1
    },
    { what: 'no letter of the key that was used twice' },
  )
  const values = { letter: conflict!.place }
  await Promise.all([runbook.follow('dlq list'), runbook.follow('dlq list --code'), runbook.follow('dlq list --state')])
  await Promise.all([runbook.follow('dlq show --topic'), runbook.follow('dlq show --at', { values })])

  const field = { name: 'drill', type: ['null', 'string'], default: null }
  const { fields, ...record } = tradingSignals.value.schema as unknown as { readonly fields: readonly object[] }
  const newer = { ...record, fields: [...fields, field] } as unknown as NonNullable<typeof probe.schema>
  assert.is(await registry.register(subject, newer), lost, 'the schema has the id that was written')
  await runbook.follow('dlq retry')
  await runbook.follow('dlq retry')
  await waitFor(
    async () => (await readLetters(broker)).every(({ state, code }) => state !== 'retried' || code !== 'DECODE_FAILED'),
    { what: 'not every letter is resolved' },
  )
  await runbook.follow('dlq list')
  await runbook.follow('dlq drop', { values })
  await runbook.follow('dlq list')
  await rest()
  const ids = [...signals.map((_, index) => `dead-letters-${index}`), 'dead-letters-twice']
  assert.equal(
    await decisionsOn(ids, outside),
    ids.map(() => 1),
  )
}
