import * as assert from 'uvu/assert'
import { readLetters } from '../../../ops/dlq/read-letters.ts'
import { tradingSignals } from '../../../processors/topics.ts'
import { avro } from '../../../schemas/avro/avro.ts'
import type { Runbook } from '../../support/runbook.ts'
import { waitFor } from '../../support/wait-for.ts'
import { alertsOf, scrape, scrapeUntil, sumOf } from './scrapes.ts'
import { signalRecord } from './signal-record.ts'
import type { TradingGround } from './trading-ground.ts'

const subject = `${tradingSignals.name}-value`
const Stranger = avro({ type: 'record', name: 'Stranger', fields: [{ name: 'note', type: 'string' }] })
const records = 4

/**
 * A producer has registered a schema that no reader of the topic can read, on a registry that let it, and has written with it. The
 * producer is rolled back, sends its signals again, and the letters are dropped.
 */
export async function poisonSchemaDrill(runbook: Runbook, { servers, worker, outside, rest }: TradingGround) {
  const registryApi = (method: string, path: string, body?: object) =>
    fetch(`${servers.registry}/${path}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const level = await (await registryApi('GET', `config/${subject}`)).json()
  await registryApi('PUT', `config/${subject}`, { compatibility: 'NONE' })
  const posted = await registryApi('POST', `subjects/${subject}/versions`, { schema: JSON.stringify(Stranger.schema) })
  assert.is(posted.status, 200)
  const id = ((await posted.json()) as { readonly id: number }).id
  const stranger = Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), Buffer.from([4]), Buffer.from('no')])
  stranger.writeInt32BE(id, 1)
  const signals = await Promise.all(
    Array.from({ length: records }, (_, index) => signalRecord(`poison-schema-${index}`, outside)),
  )
  const writer = await outside.broker.writer()
  const calm = await scrape(worker)
  const before = sumOf(calm, 'millrace_dead_letters_total')
  await writer.send(signals.map(record => ({ ...record, value: stranger })))
  const trouble = await scrapeUntil(
    worker,
    'the records are not dead-lettered',
    samples => sumOf(samples, 'millrace_dead_letters_total') === before + records,
  )
  assert.equal(alertsOf(calm, trouble), ['MillraceDeadLetters'])

  // A commit is counted when it is acknowledged; readers see its letters a moment later.
  await waitFor(
    async () => (await readLetters(outside.broker)).filter(({ state }) => state === 'open').length >= records,
    { what: 'the letters are not there' },
  )
  await Promise.all([runbook.follow('dlq list'), runbook.follow('schemas check')])
  await registryApi('DELETE', `subjects/${subject}/versions/latest`)
  await registryApi('PUT', `config/${subject}`, {
    compatibility: (level as { readonly compatibilityLevel: string }).compatibilityLevel,
  })
  await writer.send(signals)
  await writer.close()
  await Promise.all([runbook.follow('schemas check'), runbook.follow('dlq drop')])
  await waitFor(async () => (await readLetters(outside.broker)).every(({ state }) => state !== 'open'), {
    what: 'a letter is open still',
  })
  await rest()
}
