import * as assert from 'uvu/assert'
import { RecordsRefusedError, type Transaction } from '../../../../topology/broker/port.ts'
import { type ErrorCode, MillraceError } from '../../../../topology/definition/errors.ts'
import { suite } from '../../../support/suite.ts'
import {
  acceptPartitions,
  answerProduce,
  ends,
  type FakeAnswer,
  FakeBroker,
  type FakeHandler,
  outgoing,
  type ProducedBatch,
  readProduce,
} from './fake-broker.ts'

/** Codes of org.apache.kafka.common.protocol.Errors. */
const code = {
  NOT_LEADER_OR_FOLLOWER: 6,
  MESSAGE_TOO_LARGE: 10,
  NOT_COORDINATOR: 16,
  INVALID_PRODUCER_EPOCH: 47,
  CONCURRENT_TRANSACTIONS: 51,
  PRODUCER_FENCED: 90,
  ILLEGAL_GENERATION: 22,
}

const accepted = (): FakeAnswer => answer => answer.int32(0).int16(0)

/** Answers the codes one after another, then success. */
function first(codes: readonly number[], answerOf: (errorCode: number) => ReturnType<FakeHandler>): FakeHandler {
  const left = [...codes]
  return () => answerOf(left.shift() ?? 0)
}

function happy(handlers: Record<string, FakeHandler> = {}): Record<string, FakeHandler> {
  return {
    AddPartitionsToTxn: acceptPartitions,
    AddOffsetsToTxn: accepted,
    Produce: ({ body }) => {
      const batches = readProduce(body)
      return answer => answerProduce(answer, batches)
    },
    TxnOffsetCommit: txnOffsets(0),
    EndTxn: accepted,
    ...handlers,
  }
}

function txnOffsets(errorCode: number): () => FakeAnswer {
  return () => answer =>
    answer
      .int32(0)
      .array([0], () =>
        answer
          .string('topic')
          .array([0], () => answer.int32(0).int16(errorCode).tags())
          .tags(),
      )
      .tags()
}

const offsets = { group: 'group', offsets: [{ topic: 'topic', partition: 0, offset: 5, metadata: '' }] }

async function producing(handlers: Record<string, FakeHandler>, requestTimeoutMs?: number) {
  const broker = await FakeBroker.start(happy(handlers))
  const client = await broker.connect(requestTimeoutMs)
  const producer = client.producer({ transactionalId: 'task' })
  return {
    broker,
    producer,
    init: () => producer.init(),
    async failure(transaction: Transaction): Promise<ErrorCode> {
      const error = await producer.commit(transaction).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      assert.instance(error, MillraceError)
      return (error as MillraceError).code
    },
  }
}

suite('transactional producer against a scripted broker', test => {
  let close = async () => {}
  test.after.each(() => close())
  const start = async (handlers: Record<string, FakeHandler> = {}, requestTimeoutMs?: number) => {
    const started = await producing(handlers, requestTimeoutMs)
    close = () => started.broker.close()
    return started
  }

  test('init asks until the transaction before it is settled', async () => {
    const init = first([code.CONCURRENT_TRANSACTIONS, code.CONCURRENT_TRANSACTIONS], errorCode => answer => {
      answer.int32(0).int16(errorCode).bigint64(7n).int16(3)
    })
    const { broker, producer } = await start({ InitProducerId: init })
    await producer.init()
    assert.is(broker.count('InitProducerId'), 3)
  })

  test('the order on the wire is register, produce, offsets, end', async () => {
    const { broker, producer } = await start()
    await producer.init()
    const before = broker.requests.length
    const appended = await producer.commit({ records: [outgoing(0), outgoing(1), outgoing(0)], offsets })
    assert.equal([...appended], ends([0, 12], [1, 11]))
    const order = broker.requests
      .slice(before)
      .map(request => request.api)
      .filter(api => api !== 'Metadata' && api !== 'FindCoordinator')
    assert.equal(order, ['AddPartitionsToTxn', 'AddOffsetsToTxn', 'Produce', 'TxnOffsetCommit', 'EndTxn'])
  })

  test('a partition that a Produce answer leaves out is sent again, with the same sequence numbers', async () => {
    const sent: ProducedBatch[][] = []
    const { producer } = await start({
      Produce: ({ body }) => {
        sent.push(readProduce(body))
        return answer => answerProduce(answer, sent.length === 1 ? [{ partition: 0 }] : sent.at(-1)!)
      },
    })
    await producer.init()
    const appended = await producer.commit({ records: [outgoing(0), outgoing(1), outgoing(2)] })
    assert.equal(
      sent.map(batches => batches.map(({ partition, baseSequence }) => [partition, baseSequence])),
      [
        [
          [0, 0],
          [1, 0],
          [2, 0],
        ],
        [
          [1, 0],
          [2, 0],
        ],
      ],
    )
    assert.is(appended.size, 3)
  })

  test('a partition that is never answered fails the transaction: it is not committed', async () => {
    const { broker, init, failure } = await start({
      Produce: () => answer => answerProduce(answer, [{ partition: 0 }]),
    })
    await init()
    assert.is(await failure({ records: [outgoing(0), outgoing(1)] }), 'BROKER_UNAVAILABLE')
    assert.is(broker.count('EndTxn'), 0)
  })

  test('after a lost connection the same batch goes again, so the broker knows it for a duplicate', async () => {
    const sent: ProducedBatch[] = []
    const { producer } = await start({
      Produce: ({ body }) => {
        const batches = readProduce(body)
        sent.push(...batches)
        return sent.length === 2 ? 'close' : answer => answerProduce(answer, batches)
      },
    })
    await producer.init()
    await producer.commit({ records: [outgoing(0)] })
    await producer.commit({ records: [outgoing(0), outgoing(0)] })
    assert.equal(
      sent.map(batch => batch.baseSequence),
      [0, 1, 1],
    )
  })

  test('a leader that moved is looked up, and the batch sent again', async () => {
    const produce = first([code.NOT_LEADER_OR_FOLLOWER], errorCode => answer => {
      answerProduce(answer, [{ partition: 0, errorCode }])
    })
    const { broker, producer } = await start({ Produce: produce })
    await producer.init()
    const before = broker.count('Metadata')
    await producer.commit({ records: [outgoing(0)] })
    assert.is(broker.count('Produce'), 2)
    assert.is(broker.count('Metadata') - before, 1, 'the leader was known from the start; the new one is asked for')
  })

  test('a batch that its topic finds too large is cut until it fits: the limit is of batches, not of records', async () => {
    const taken: (readonly [baseSequence: number, count: number])[] = []
    const { producer } = await start({
      Produce: ({ body }) => {
        const [batch] = readProduce(body)
        const { baseSequence, count } = batch!
        if (count > 2) return answer => answerProduce(answer, [{ partition: 0, errorCode: code.MESSAGE_TOO_LARGE }])
        taken.push([baseSequence, count])
        return answer => answerProduce(answer, [batch!])
      },
    })
    await producer.init()
    const appended = await producer.commit({ records: Array.from({ length: 7 }, () => outgoing(0)) })
    // 7 is cut in 4 and 3, 4 in 2 and 2, 3 in 2 and 1; the fake stores every batch at 10
    assert.equal(taken, [
      [0, 2],
      [2, 2],
      [4, 2],
      [6, 1],
    ])
    assert.equal([...appended], ends([0, 11]))
  })

  test('refused records that were found stand, though the transaction ends before all are', async () => {
    let produced = 0
    const { producer } = await start({
      Produce: ({ body }) => {
        const [{ count }] = readProduce(body) as [ProducedBatch]
        // Two are cut in one and one, of which the first is refused; by then the transaction is over.
        const errorCode = ++produced > 2 ? code.PRODUCER_FENCED : code.MESSAGE_TOO_LARGE
        assert.ok(count <= 2)
        return answer => answerProduce(answer, [{ partition: 0, errorCode }])
      },
    })
    await producer.init()
    const records = [outgoing(0), outgoing(0)]
    const error = await producer.commit({ records, replaceRefused: () => undefined }).then(
      () => assert.unreachable(),
      thrown => thrown,
    )
    assert.instance(error, RecordsRefusedError)
    assert.equal([error.refusals.length, error.refusals[0].record === records[0]], [1, true])
    assert.is(error.interruption.code, 'FENCED')
  })

  test('no batch reaches the usual limit of a broker', async () => {
    const sent: ProducedBatch[] = []
    const { producer } = await start({
      Produce: ({ body }) => {
        const batches = readProduce(body)
        sent.push(...batches)
        return answer => answerProduce(answer, batches)
      },
    })
    await producer.init()
    const value = 'x'.repeat(1_000)
    await producer.commit({ records: Array.from({ length: 3_000 }, () => outgoing(0, value)) })
    assert.is(
      sent.reduce((count, batch) => count + batch.count, 0),
      3_000,
    )
    // 3,000 records of 1,000 bytes and a little do not fit into three batches of 900,000.
    assert.is(sent.length, 4)
    for (const batch of sent) assert.ok(batch.bytes < 1_048_588, `${batch.bytes} bytes`)
    assert.equal(
      sent.map(batch => batch.baseSequence),
      [0, sent[0]!.count, sent[0]!.count + sent[1]!.count, 3_000 - sent[3]!.count],
    )
  })

  test('a coordinator that moved is looked up again, inside the transaction', async () => {
    let asked = 0
    const { broker, producer } = await start({
      TxnOffsetCommit: () => txnOffsets(asked++ === 0 ? code.NOT_COORDINATOR : 0)(),
    })
    await producer.init()
    await producer.commit({ records: [], offsets })
    assert.equal([broker.count('TxnOffsetCommit'), broker.count('EndTxn')], [2, 1])
  })

  test('offsets without an answer are not repeated: a late one could undo newer ones', async () => {
    const { broker, init, failure } = await start({ TxnOffsetCommit: () => 'close' })
    await init()
    assert.is(await failure({ records: [], offsets }), 'BROKER_UNAVAILABLE')
    assert.equal([broker.count('TxnOffsetCommit'), broker.count('EndTxn')], [1, 0])
  })

  test('offsets carry generation and member, so that a broker can refuse those of a zombie', async () => {
    let standing: unknown
    const { broker, producer, init, failure } = await start({
      TxnOffsetCommit: ({ body }) => {
        body.string()
        body.string()
        body.bigint64()
        body.int16()
        standing = { id: body.int32(), memberId: body.string() }
        return txnOffsets(code.ILLEGAL_GENERATION)()
      },
    })
    await init()
    const generation = { id: 41, memberId: 'member-1' }
    assert.is(await failure({ records: [], offsets: { ...offsets, generation } }), 'GENERATION_ENDED')
    assert.equal(standing, generation)
    assert.is(broker.count('EndTxn'), 0)
    await producer.close()
    assert.is(broker.count('EndTxn'), 1, 'the transaction is still its own, and is aborted')
  })

  for (const [name, errorCode] of Object.entries({
    INVALID_PRODUCER_EPOCH: code.INVALID_PRODUCER_EPOCH,
    PRODUCER_FENCED: code.PRODUCER_FENCED,
  })) {
    test(`${name} is FENCED, and the producer goes no further`, async () => {
      const { broker, producer, init, failure } = await start({
        Produce: () => answer => answerProduce(answer, [{ partition: 0, errorCode }]),
      })
      await init()
      assert.is(await failure({ records: [outgoing(0)] }), 'FENCED')
      await producer.close()
      assert.is(broker.count('EndTxn'), 0, 'what another owns is not aborted either')
    })
  }

  test('an EndTxn without an answer is an unknown commit, and is not repeated', async () => {
    const { broker, producer, init, failure } = await start({ EndTxn: () => 'close' })
    await init()
    assert.is(await failure({ records: [outgoing(0)] }), 'COMMIT_UNKNOWN')
    await producer.close()
    assert.is(broker.count('EndTxn'), 1)
  })

  test('a silent coordinator is an unknown commit after the request timeout', async () => {
    const { init, failure } = await start({ EndTxn: () => 'silence' }, 500)
    await init()
    assert.is(await failure({ records: [outgoing(0)] }), 'COMMIT_UNKNOWN')
  })

  test('an EndTxn answered "ask elsewhere" and then with a fence may have been decided: it is unknown', async () => {
    const end = first([code.NOT_COORDINATOR, code.INVALID_PRODUCER_EPOCH], errorCode => answer => {
      answer.int32(0).int16(errorCode)
    })
    const { init, failure } = await start({ EndTxn: end })
    await init()
    assert.is(await failure({ records: [outgoing(0)] }), 'COMMIT_UNKNOWN')
  })

  test('end-sent is called when the request is on its way and unanswered', async () => {
    const seen: string[] = []
    const broker = await FakeBroker.start(
      happy({
        EndTxn: async () => {
          seen.push('arrived')
          await hookDone
          return answer => answer.int32(0).int16(0)
        },
      }),
    )
    close = () => broker.close()
    let done = () => {}
    const hookDone = new Promise<void>(resolve => {
      done = resolve
    })
    const client = await broker.connect()
    const producer = client.producer({
      transactionalId: 'task',
      async onStep(step) {
        if (step !== 'end-sent') return
        while (seen.length === 0) await new Promise(resolve => setImmediate(resolve))
        seen.push('end-sent')
        done()
      },
    })
    await producer.init()
    await producer.commit({ records: [outgoing(0)] })
    assert.equal(seen, ['arrived', 'end-sent'])
  })

  test('after an error the producer refuses to go on, and close aborts what it left open', async () => {
    const ended: boolean[] = []
    const { producer, init, failure } = await start({
      Produce: () => answer => answerProduce(answer, [{ partition: 0, errorCode: 10 }]),
      EndTxn: ({ body }) => {
        body.string()
        body.bigint64()
        body.int16()
        ended.push(body.boolean())
        return accepted()
      },
    })
    await init()
    assert.is(await failure({ records: [outgoing(0)] }), 'RECORD_TOO_LARGE')
    assert.is(await failure({ records: [outgoing(1)] }), 'INTERNAL')
    await producer.close()
    assert.equal(ended, [false], 'one EndTxn, an abort')
  })
})
