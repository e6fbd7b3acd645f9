import * as assert from 'uvu/assert'
import { connectParts } from '../../../topology/app/connections.ts'
import { keptForever } from '../../support/kept-forever.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { BenchProcess } from './bench-process.ts'
import { countBench } from './count.ts'
import { verifyOutput } from './verify.ts'
import { writeInput } from './workload.ts'

const { kafka, prefix, database } = await realParts({ kafka: true, postgres: true })
const postgres = await database()
const workload = { records: 2_000, keys: 50, partitions: 2, valueBytes: 100 }

suite('bench count, millrace', test => {
  test('counts right in both variants, and leaves a profile', async () => {
    const results = await countBench({
      kafka: kafka.url,
      postgres,
      workload,
      pairs: 1,
      only: 'millrace',
      profile: true,
    })
    assert.equal(
      results.map(({ variant }) => variant),
      ['coalesced', 'every-update'],
    )
    for (const { variant, pairs, profile } of results) {
      const run = pairs[0]!.runs.millrace!
      if (variant === 'every-update') assert.is(run.outputs, 2_000)
      else assert.ok(run.outputs >= 50 && run.outputs <= 2_000)
      assert.is(profile!.length, 10)
    }
  })

  test('a wrong count, a missing key and a missing update are seen', async () => {
    const parts = await connectParts({ kafka: kafka.url })
    const { broker } = parts
    const expected = await writeInput(broker, `${prefix}in`, workload)
    assert.is(expected.size, 50)
    const output = `${prefix}out`
    await broker.admin.createTopics([{ name: output, partitions: 2, config: keptForever }])
    const writer = await broker.writer()
    const count = Buffer.alloc(8)
    const write = (key: string, value: number) => {
      count.writeBigInt64BE(BigInt(value))
      const record = { topic: output, partition: 0, timestamp: 0, headers: [] }
      return writer.send([{ ...record, key: Buffer.from(key), value: Buffer.from(count) }])
    }
    const check = (variant: 'coalesced' | 'every-update') => {
      const run = { application: 'a', input: '', output, variant, kafka: '', postgres: '' }
      return verifyOutput('x', run, workload, expected, broker).then(String, error => error.message as string)
    }
    for (const [key, right] of [...expected].slice(1)) await write(key, right)
    assert.match(await check('coalesced'), /49 keys instead of 50/)
    const [key, right] = [...expected][0]!
    await write(key, right + 1)
    assert.match(await check('coalesced'), /is \d+ instead of \d+/)
    await write(key, right)
    assert.is(await check('coalesced'), '51')
    assert.match(await check('every-update'), /51 updates for 2000 records/)
    await writer.close()
    await parts.close()
  })

  test('a contender that ends early fails the bench with what it said', async () => {
    const args = ['-e', 'console.error("no broker"); process.exit(3)']
    const started = new BenchProcess({ name: 'it', command: process.execPath, args })
    const message = await started.first().then(String, error => error.message as string)
    assert.match(message, /it ended with 3 before its bench did: no broker/)
  })
})
