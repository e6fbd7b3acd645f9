import * as assert from 'uvu/assert'
import {
  ordersFills,
  portfolioSignals,
  signalsChecked,
  tradesApproved,
  tradingSignals,
} from '../../../processors/topics.ts'
import type { Tailed } from '../../../topology/app/topics/topic-tail.ts'
import { suite } from '../../support/suite.ts'
import { auditOrder } from './order.ts'

const offsets = new Map<string, number>()

function record(topic: { readonly name: string }, value: unknown, partition = 0): Tailed {
  const offset = offsets.get(topic.name) ?? 0
  offsets.set(topic.name, offset + 1)
  return { topic: topic.name, partition, offset, key: 'k', value }
}

const signal = (eventId: string) => record(tradingSignals, { eventId })
const verdict = (topic: { readonly name: string }, sourceEventId: string) =>
  record(topic, { payload: { sourceEventId, portfolioId: 'p', exchange: 'X', instrumentId: 'i' } })
const decision = (riskSeq: bigint) => record(tradesApproved, { payload: { portfolioId: 'p', riskSeq } })
const report = (execSeq: bigint) => record(ordersFills, { payload: { portfolioId: 'p', execSeq } })

const sound = () => [
  signal('a'),
  signal('b'),
  verdict(signalsChecked, 'a'),
  verdict(signalsChecked, 'b'),
  verdict(portfolioSignals, 'a'),
  verdict(portfolioSignals, 'b'),
]

suite('audit of order', test => {
  test('sound topics', () => {
    assert.equal(auditOrder([...sound(), decision(1n), decision(4n), report(1n), report(2n)]), [])
  })

  test('a signal that was checked twice, lost, or overtaken', () => {
    const [a, b, checkedA, checkedB, ...rest] = sound()
    const twice = auditOrder([a!, b!, checkedA!, checkedB!, verdict(signalsChecked, 'b'), ...rest])
    assert.match(twice.join(), /signals\.checked, partition 0: place 2 of 2 should be the end, is b/)
    assert.match(auditOrder([a!, b!, checkedA!, ...rest]).join(), /place 1 of 2 should be b, is the end/)
    const swapped = [
      { ...checkedA!, offset: checkedB!.offset },
      { ...checkedB!, offset: checkedA!.offset },
    ]
    assert.match(auditOrder([a!, b!, ...swapped, ...rest]).join(), /place 0 of 2 should be a, is b/)
  })

  test('decisions and reports out of order', () => {
    assert.match(auditOrder([decision(2n), decision(1n)]).join(), /riskSeq 1 of p is out of order/)
    assert.match(auditOrder([report(1n), report(1n)]).join(), /execSeq 1 of p is out of order/)
  })
})
