import * as assert from 'uvu/assert'
import {
  changelogTopic,
  consumerGroup,
  deadLetterTopic,
  isInternalTopic,
  metricName,
  repartitionTopic,
  topicNameFault,
  transactionalId,
} from '../../../topology/definition/naming.ts'
import { suite } from '../../support/suite.ts'

suite('naming', test => {
  test('internal names are made of user names alone', () => {
    assert.is(changelogTopic('trading', 'ledgers'), 'trading-ledgers-changelog')
    assert.is(repartitionTopic('word-count', 'by-word'), 'word-count-by-word-repartition')
    assert.is(consumerGroup('trading', 'portfolio-risk'), 'trading-portfolio-risk')
    assert.is(transactionalId('trading', { subtopology: 'portfolio-risk', partition: 3 }), 'trading-portfolio-risk-3')
    assert.is(deadLetterTopic('orders.fills'), 'orders.fills.dlq')
  })

  test('internal topics are those of the application only', () => {
    assert.ok(isInternalTopic('trading', 'trading-ledgers-changelog'))
    assert.ok(isInternalTopic('trading', 'trading-by-word-repartition'))
    assert.not.ok(isInternalTopic('trading', 'other-ledgers-changelog'))
    assert.not.ok(isInternalTopic('trading', 'trading-ledgers'))
  })

  // org.apache.kafka.common.internals.Topic: legal characters [a-zA-Z0-9._-], at most 249, neither '.' nor '..'
  test("topic names follow Kafka's rules", () => {
    for (const good of ['a', 'A.b_c-9', '...', 'x'.repeat(249)]) assert.is(topicNameFault(good), undefined, good)
    for (const bad of ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(250)]) assert.ok(topicNameFault(bad), bad)
  })

  test("names that differ by '.' and '_' have one metric name", () => {
    assert.is(metricName('a.b_c'), metricName('a_b.c'))
    assert.is.not(metricName('a-b'), metricName('a.b'))
  })
})
