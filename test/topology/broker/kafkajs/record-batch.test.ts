import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { compress as compressLz4 } from 'lz4js'
import { compress as compressSnappy } from 'snappyjs'
import * as assert from 'uvu/assert'
import { batchAt, batchPrefixBytes } from '../../../../topology/broker/kafkajs/record-batch/batch-header.ts'
import { crc32c } from '../../../../topology/broker/kafkajs/record-batch/crc32c.ts'
import { encodeBatch } from '../../../../topology/broker/kafkajs/record-batch/encode.ts'
import { FetchedRecords } from '../../../../topology/broker/kafkajs/record-batch/fetched-records.ts'
import type { OutgoingRecord, RawRecord } from '../../../../topology/broker/port.ts'
import { MillraceError } from '../../../../topology/definition/errors.ts'
import { systemClock } from '../../../../topology/runtime/system-clock.ts'
import { inflatingBatch } from '../../../support/inflating-batch.ts'
import { suite } from '../../../support/suite.ts'

const require = createRequire(import.meta.url)

const origin = { producer: { producerId: 7n, epoch: 1 }, baseSequence: 3, transactional: true }

function record(fields: Partial<OutgoingRecord> = {}): OutgoingRecord {
  const usual = { topic: 't', partition: 0, timestamp: 1_000, key: Buffer.from('k'), value: Buffer.from('v') }
  return { ...usual, headers: [], ...fields }
}

/** Reads a whole range, at most so many bytes at a time. */
async function read(bytes: Buffer, position = 0, maxBytes = 1_048_576) {
  const fetched = new FetchedRecords({ topic: 't', partition: 0, position, bytes }, systemClock)
  const records: RawRecord[] = []
  let reached = position
  while (!fetched.isOver) {
    const stretch = await fetched.next(maxBytes)
    records.push(...stretch.records)
    reached = stretch.position
  }
  return { records, position: reached }
}

/** CRC-32C a bit at a time, as RFC 3720 defines it. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}

/** Sets fields of a batch and makes its length and checksum right again. */
function rewrite(batch: Buffer, change: (batch: Buffer) => void, records?: Buffer): Buffer {
  const copy = records ? Buffer.concat([batch.subarray(0, batchAt.records), records]) : Buffer.from(batch)
  copy.writeInt32BE(copy.length - batchPrefixBytes, batchAt.length)
  change(copy)
  copy.writeUInt32BE(slowCrc32c(copy.subarray(batchAt.attributes)), batchAt.crc)
  return copy
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    return error instanceof MillraceError ? error.code : String(error)
  }
  return 'no error'
}

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString())
const shown = (records: readonly RawRecord[]) =>
  records.map(({ offset, timestamp, key, value }) => [offset, timestamp, text(key), text(value)])

suite('record batch', test => {
  test('lengths and times on both sides of every varint boundary come back as they were', async () => {
    // Zigzag doubles a length, and seven bits fit a byte: 64, 8,192 and 1,048,576 take one byte more than what is before them.
    const lengths = [0, 1, 23, 24, 25, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576]
    const deltas = [0, -1, 63, 64, -64, -65, 8_192, 1_048_576, 2 ** 30 - 1, 2 ** 30, 2 ** 31, -(2 ** 31), 2 ** 40]
    for (const length of lengths)
      for (const delta of deltas) {
        const value = Buffer.alloc(length, 7)
        const batch = encodeBatch(
          [record({ timestamp: 2 ** 40 }), record({ timestamp: 2 ** 40 + delta, value })],
          origin,
        )
        const [, second] = (await read(batch)).records
        assert.is(second!.timestamp, 2 ** 40 + delta)
        assert.ok(value.equals(second!.value!))
      }
  })

  test('CRC-32C has the check values of RFC 3720', async () => {
    assert.is(crc32c(Buffer.alloc(32)), 0x8a9136aa)
    assert.is(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43)
    assert.is(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index))), 0x46dd794e)
    // "123456789", the usual check value of the polynomial.
    assert.is(crc32c(Buffer.from('123456789')), 0xe3069283)
    const odd = Buffer.from(Array.from({ length: 1_003 }, (_, index) => (index * 37) & 0xff))
    assert.is(crc32c(odd, 5, 998), slowCrc32c(odd.subarray(5, 998)))
  })

  test('one record is the bytes that the format says', async () => {
    // Record: attributes 00, deltas 00 00, key length zigzag(1)=02, 'k', value length 02, 'v', no headers: 8 bytes, zigzag 10.
    const records = Buffer.from('10' + '00' + '00' + '00' + '026b' + '0276' + '00', 'hex')
    const fromAttributes = Buffer.from(
      '0010' + // attributes: transactional
        '00000000' + // last offset delta
        '00000000000003e8' + // base timestamp 1,000
        '00000000000003e8' + // max timestamp
        '0000000000000007' + // producer id
        '0001' + // producer epoch
        '00000003' + // base sequence
        '00000001' + // records
        records.toString('hex'),
      'hex',
    )
    const crc = Buffer.alloc(4)
    crc.writeUInt32BE(slowCrc32c(fromAttributes))
    // Length: 61 - 12 bytes of header after it, and 9 of records: 58 = 3a.
    const head = Buffer.from('0000000000000000' + '0000003a' + 'ffffffff' + '02', 'hex')
    assert.is(
      encodeBatch([record()], origin).toString('hex'),
      Buffer.concat([head, crc, fromAttributes]).toString('hex'),
    )
  })

  test('everything a record can hold comes back', async () => {
    const headers = [
      { key: 'é', value: Buffer.from([0, 255]) },
      { key: 'none', value: null },
      { key: 'é', value: Buffer.alloc(0) },
    ]
    const sent = [
      record({ timestamp: 1_700_000_000_000, headers }),
      record({ timestamp: 1_600_000_000_000, key: null, value: null }),
      record({ timestamp: 1_800_000_000_001, key: Buffer.alloc(0), value: Buffer.alloc(70_000, 'x') }),
      record({ timestamp: -1 }),
    ]
    const { records, position } = await read(encodeBatch(sent, origin))
    assert.is(position, 4)
    assert.equal(
      records.map(found => found.timestamp),
      sent.map(each => each.timestamp),
    )
    assert.equal(
      records.map(found => [text(found.key), text(found.value)?.length]),
      [
        ['k', 1],
        [null, undefined],
        ['', 70_000],
        ['k', 1],
      ],
    )
    assert.equal(
      records[0]!.headers.map(header => [header.key, header.value && [...header.value]]),
      [
        ['é', [0, 255]],
        ['none', null],
        ['é', []],
      ],
    )
  })

  test("kafkajs' own decoder, written by others, reads what is encoded here", async () => {
    const Decoder = require('kafkajs/src/protocol/decoder')
    const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder')
    const sent = Array.from({ length: 300 }, (_, index) =>
      record({ timestamp: 5_000 - index * 7, value: Buffer.from(`value ${index}`) }),
    )
    // Its decoder begins after the base offset, the length and the leader epoch and magic: it takes the whole batch.
    const batch = await decode(new Decoder(encodeBatch(sent, origin)))
    assert.equal(
      batch.records.map((found: { timestamp: string; value: Buffer; offset: string }) => [
        Number(found.offset),
        Number(found.timestamp),
        found.value.toString(),
      ]),
      sent.map((each, index) => [index, each.timestamp, `value ${index}`]),
    )
    assert.equal([String(batch.producerId), batch.producerEpoch, batch.firstSequence], ['7', 1, 3])
    assert.is(batch.inTransaction, true)
  })

  test('offsets are absolute, and records before the position asked for are left out', async () => {
    const batch = rewrite(encodeBatch([record(), record(), record()], origin), copy => {
      copy.writeBigInt64BE(2n ** 40n, batchAt.baseOffset)
    })
    const base = 2 ** 40
    assert.equal(
      (await read(batch, base + 1)).records.map(found => found.offset),
      [base + 1, base + 2],
    )
    assert.is((await read(batch, base + 1)).position, base + 3)
  })

  test('the position goes past the last offset of a compacted batch, not past its last record', async () => {
    const batch = rewrite(encodeBatch([record(), record()], origin), copy => {
      copy.writeInt32BE(9, batchAt.lastOffsetDelta)
    })
    assert.is((await read(batch)).position, 10)
  })

  test('a control batch holds nothing for the caller, and the position goes past it', async () => {
    const marker = rewrite(encodeBatch([record({ key: Buffer.alloc(4) })], origin), copy => {
      copy.writeInt16BE(0b11_0000, batchAt.attributes)
    })
    assert.equal(await read(marker), { records: [], position: 1 })
  })

  test('a batch cut off at the end is left for the next fetch', async () => {
    const [first, second] = [encodeBatch([record()], origin), encodeBatch([record(), record()], origin)]
    const next = rewrite(second, copy => copy.writeBigInt64BE(1n, batchAt.baseOffset))
    for (const cut of [1, 11, 12, 60, next.length - 1]) {
      const { records, position } = await read(Buffer.concat([first, next.subarray(0, cut)]))
      assert.equal([records.length, position], [1, 1], `cut after ${cut} bytes`)
    }
    assert.is((await read(Buffer.concat([first, next]))).position, 3)
    assert.equal(await read(Buffer.alloc(0), 17), { records: [], position: 17 })
  })

  test('log append time takes the place of the records own times', async () => {
    const batch = rewrite(encodeBatch([record({ timestamp: 1 }), record({ timestamp: 2 })], origin), copy => {
      copy.writeInt16BE(0b1000, batchAt.attributes)
      copy.writeBigInt64BE(99n, batchAt.maxTimestamp)
    })
    assert.equal(
      (await read(batch)).records.map(found => found.timestamp),
      [99, 99],
    )
  })

  test('a batch that was damaged on its way is refused, whichever byte it was', async () => {
    const batch = encodeBatch([record(), record()], origin)
    for (const at of [
      batchAt.attributes,
      batchAt.baseTimestamp,
      batchAt.recordCount,
      batchAt.records,
      batch.length - 1,
    ]) {
      const damaged = Buffer.from(batch)
      damaged[at]! ^= 1
      assert.is(await codeOf(() => read(damaged)), 'BROKER_UNAVAILABLE', `byte ${at}`)
    }
  })

  test('lengths that do not add up are refused though the checksum is right', async () => {
    const batch = rewrite(encodeBatch([record()], origin), copy => {
      copy[batchAt.records]! += 2
    })
    assert.is(await codeOf(() => read(batch)), 'BROKER_UNAVAILABLE')
  })

  test('bytes that no codec can undo are refused by topic and place, not with the words of the codec', async () => {
    for (const codec of [1, 2, 3, 4]) {
      // Its end says a length that gzip undoes at once.
      const garbage = Buffer.from('\x82SNAPPY\x00 this is no compressed batch at all\x01\x00\x00\x00')
      const batch = rewrite(
        encodeBatch([record()], origin),
        copy => copy.writeInt16BE(codec, batchAt.attributes),
        garbage,
      )
      assert.is(await codeOf(() => read(batch)), 'BROKER_UNAVAILABLE', `codec ${codec}`)
    }
  })

  test('a codec that is not known, and a format before Kafka 0.11, are named', async () => {
    const batch = encodeBatch([record()], origin)
    const unknown = rewrite(batch, copy => copy.writeInt16BE(5, batchAt.attributes))
    assert.is(await codeOf(() => read(unknown)), 'UNSUPPORTED')
    const old = rewrite(batch, copy => copy.writeInt8(1, batchAt.magic))
    assert.is(await codeOf(() => read(old)), 'UNSUPPORTED')
  })
})

suite('compressed batches', test => {
  const sent = Array.from({ length: 400 }, (_, index) => record({ value: Buffer.from(`value ${index % 7}`) }))
  const plain = encodeBatch(sent, { ...origin, transactional: false })
  const body = plain.subarray(batchAt.records)

  const compressed = (codec: number, bytes: Uint8Array) =>
    rewrite(plain, copy => copy.writeInt16BE(codec, batchAt.attributes), Buffer.from(bytes))

  const comesBack = async (codec: number, bytes: Uint8Array) =>
    assert.equal(shown((await read(compressed(codec, bytes))).records), shown((await read(plain)).records))

  test('gzip', () => comesBack(1, gzipSync(body)))

  test('snappy as one raw block, and in the framing of snappy-java', async () => {
    await comesBack(2, compressSnappy(body))
    const half = body.length >> 1
    const framed = [Buffer.from('82534e415050590000000001' + '00000001', 'hex')]
    for (const part of [body.subarray(0, half), body.subarray(half)]) {
      const block = Buffer.from(compressSnappy(part))
      const length = Buffer.alloc(4)
      length.writeInt32BE(block.length)
      framed.push(length, block)
    }
    await comesBack(2, Buffer.concat(framed))
  })

  test('lz4, with stored blocks, block checksums, content size and content checksum', async () => {
    await comesBack(3, compressLz4(body))
    // Flags 0x7c: version 1, independent blocks, block checksum, content size, content checksum. Block size 4: 64 kB.
    const frame = Buffer.alloc(15)
    frame.writeUInt32LE(0x184d2204, 0)
    frame.writeUInt8(0x7c, 4)
    frame.writeUInt8(0x40, 5)
    frame.writeBigUInt64LE(BigInt(body.length), 6)
    const size = Buffer.alloc(4)
    size.writeUInt32LE((0x80000000 | body.length) >>> 0)
    await comesBack(3, Buffer.concat([frame, size, body, Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4)]))
  })

  test('zstd', async () => {
    // One raw block (RFC 8878): magic, descriptor with a single segment and a 4-byte content size, then the block header:
    // size << 3 | raw << 1 | last.
    const head = Buffer.alloc(9)
    head.writeUInt32LE(0xfd2fb528, 0)
    head.writeUInt8(0b1010_0000, 4)
    head.writeUInt32LE(body.length, 5)
    const block = Buffer.alloc(3)
    block.writeUIntLE((body.length << 3) | 1, 0, 3)
    await comesBack(4, Buffer.concat([head, block, body]))
  })
})

suite('a batch that is much larger before compression', test => {
  const valueBytes = 1_000_000
  const count = 12
  const sent = Array.from({ length: count }, () => record({ value: Buffer.alloc(valueBytes) }))
  const plain = encodeBatch(sent, { ...origin, transactional: false })
  const body = plain.subarray(batchAt.records)
  const as = (codec: number, bytes: Uint8Array) =>
    rewrite(plain, copy => copy.writeInt16BE(codec, batchAt.attributes), Buffer.from(bytes))

  /** In the framing of snappy-java. */
  function framedSnappy(): Buffer {
    const parts = [Buffer.from('82534e415050590000000001' + '00000001', 'hex')]
    for (let at = 0; at < body.length; at += 32_768) {
      const block = Buffer.from(compressSnappy(body.subarray(at, at + 32_768)))
      const length = Buffer.alloc(4)
      length.writeInt32BE(block.length)
      parts.push(length, block)
    }
    return Buffer.concat(parts)
  }

  const batches: Readonly<Record<string, Promise<Buffer> | Buffer>> = {
    gzip: as(1, gzipSync(body)),
    snappy: as(2, framedSnappy()),
    lz4: as(3, compressLz4(body)),
    zstd: inflatingBatch({ codec: 'zstd', records: count, valueBytes }),
  }

  for (const [codec, made] of Object.entries(batches)) {
    test(`comes record by record, ${codec}, and other work has its turn`, async () => {
      const bytes = await made
      assert.ok(bytes.length < body.length / 20, `${bytes.length} bytes`)
      const fetched = new FetchedRecords({ topic: 't', partition: 0, position: 0, bytes }, systemClock)
      let turns = 0
      let over = false
      const others = (async () => {
        for (; !over; turns++) await systemClock.yield()
      })()
      const lengths: number[] = []
      while (!fetched.isOver) {
        const { records, position } = await fetched.next(100_000)
        assert.is(records.length, 1, 'more than the cap at once')
        assert.is(position, lengths.push(records[0]!.value!.length))
      }
      over = true
      await others
      assert.equal(lengths, Array(count).fill(valueBytes))
      // One for each MiB that is made; lz4js makes 4 MiB at once.
      assert.ok(turns >= (codec === 'lz4' ? 2 : count / 2), `${turns} turns for others`)
    })

    test(`is undone no further than is asked for, ${codec}`, async () => {
      const bytes = await made
      const fetched = new FetchedRecords({ topic: 't', partition: 0, position: 0, bytes }, systemClock)
      const before = process.memoryUsage().arrayBuffers
      await fetched.next(100_000)
      // A record, the piece it ends in (lz4js makes blocks of 4 MiB), and the copy that joins them.
      const more = process.memoryUsage().arrayBuffers - before
      assert.ok(more < 10_000_000, `${more} bytes`)
      fetched.close()
      assert.ok(fetched.isOver)
    })
  }

  test('is begun anew at a position within it', async () => {
    const { records, position } = await read(as(1, gzipSync(body)), count - 2)
    assert.equal([records.map(found => found.offset), position], [[count - 2, count - 1], count])
  })

  test('gives the records before the place where it is damaged, then the error', async () => {
    const whole = gzipSync(body)
    const bytes = as(1, whole.subarray(0, whole.length >> 1))
    const fetched = new FetchedRecords({ topic: 't', partition: 0, position: 0, bytes }, systemClock)
    let reached = 0
    const code = await codeOf(async () => {
      for (;;) reached = (await fetched.next(100_000)).position
    })
    assert.is(code, 'BROKER_UNAVAILABLE')
    assert.ok(reached > 3 && reached < count, `position ${reached}`)
  })
})
