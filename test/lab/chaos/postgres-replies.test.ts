import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { PostgresReplies } from './proxy/postgres-replies.ts'
import { LossOrders } from './proxy/reply-loss.ts'

const startup = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0])

function message(type: string, ...texts: readonly string[]): Buffer {
  const body = Buffer.concat(texts.map(text => Buffer.from(`${text}\0`)))
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

const parseApply = message('P', 'apply-1', 'with verdict as materialized (select 1) select 2')
const parseRead = message('P', 'read-1', 'select 1')
const complete = message('C', 'SELECT 1')
const ready = message('Z')

suite("losing Postgres' replies", test => {
  test('the reply to an apply is lost whole, and the connection is cut when the server is ready again', async () => {
    const orders = new LossOrders<'apply'>()
    const wire = new PostgresReplies(orders)
    const lost = orders.loseNext('apply')
    // Byte by byte: frames come in any pieces.
    const all = Buffer.concat([startup, parseApply, parseRead, message('B', '', 'read-1')])
    for (const byte of all) wire.onRequestBytes(Buffer.from([byte]))
    const answer = Buffer.concat([complete, ready])
    assert.equal(wire.onReplyBytes(answer), { bytes: answer, cut: false }, 'a read is answered')

    wire.onRequestBytes(message('B', '', 'apply-1'))
    assert.equal(wire.onReplyBytes(complete), { bytes: Buffer.alloc(0), cut: false })
    assert.equal(wire.onReplyBytes(ready), { bytes: Buffer.alloc(0), cut: true })
    await lost
  })

  test('without an order everything passes', () => {
    const wire = new PostgresReplies(new LossOrders())
    wire.onRequestBytes(Buffer.concat([startup, parseApply, message('B', '', 'apply-1')]))
    const answer = Buffer.concat([complete, ready])
    assert.equal(wire.onReplyBytes(answer), { bytes: answer, cut: false })
  })
})
