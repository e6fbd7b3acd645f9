import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { auditLogFiles } from './transactions.ts'

interface Batch {
  readonly producer?: bigint
  readonly epoch: number
  readonly sequence: number
  readonly records?: number
  readonly transactional?: boolean
  readonly control?: boolean
}

/** Batch headers alone, at the offsets that Kafka's format gives their fields; records take no room. */
async function audit(...batches: readonly Batch[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-log-'))
  try {
    await mkdir(join(folder, 'orders-0'))
    const bytes = batches.map((batch, index) => {
      const header = Buffer.alloc(61)
      header.writeBigInt64BE(BigInt(index), 0)
      header.writeInt32BE(61 - 12, 8)
      header.writeInt16BE((batch.transactional ? 0b1_0000 : 0) | (batch.control ? 0b10_0000 : 0), 21)
      header.writeInt32BE((batch.records ?? 1) - 1, 23)
      header.writeBigInt64BE(batch.producer ?? 7n, 43)
      header.writeInt16BE(batch.epoch, 51)
      header.writeInt32BE(batch.sequence, 53)
      return header
    })
    await writeFile(join(folder, 'orders-0', '00000000000000000000.log'), Buffer.concat(bytes))
    const { batches: seen, problems } = await auditLogFiles(folder)
    assert.is(seen, batches.length)
    return problems
  } finally {
    await rm(folder, { recursive: true })
  }
}

const data = (epoch: number, sequence: number, records = 1): Batch => ({
  epoch,
  sequence,
  records,
  transactional: true,
})
const marker = (epoch: number): Batch => ({ epoch, sequence: -1, transactional: true, control: true })

suite('audit of log files', test => {
  test('transactions one after another, a fence, a new epoch: nothing to say', async () => {
    assert.equal(await audit(data(0, 0, 3), marker(0), data(0, 3), marker(1), data(2, 0), marker(2)), [])
  })

  test('a batch under an epoch that was fenced', async () => {
    const problems = await audit(data(0, 0), marker(1), data(0, 1), marker(1))
    assert.is(problems.length, 1)
    assert.match(problems[0]!, 'epoch 0 was written after epoch 1')
  })

  test('a transaction without an end', async () => {
    assert.match((await audit(data(0, 0), marker(0), data(0, 1))).join(), 'producer 7 has no end')
  })

  test('a batch stored twice, a batch lost', async () => {
    assert.match((await audit(data(0, 0, 2), data(0, 0, 2), marker(0))).join(), 'sequence 0 where 2 was next')
    assert.match((await audit(data(0, 0, 2), data(0, 3), marker(0))).join(), 'sequence 3 where 2 was next')
  })
})
