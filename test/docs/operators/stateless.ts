import { string, topology } from 'millrace'
import {
  byCustomerText,
  bySize,
  bySizeOfOrder,
  customerOf,
  describe,
  isLarge,
  isTest,
  isUrgent,
  itemsByName,
  itemsOf,
  watch,
  withOrigin,
} from './functions.ts'
import { checked, large, orders, returns, small, texts } from './topics.ts'

export default topology('stateless', t => {
  t.stream(orders).filter(isLarge).to(large)

  t.stream(orders).filterNot(isTest).to(small)

  t.stream(orders).map(byCustomerText, { key: string, value: string }).to(texts)

  t.stream(orders).mapValues(describe, { value: string }).to(texts)

  t.stream(orders).flatMap(itemsByName, { key: string, value: string }).to(texts)

  t.stream(orders).flatMapValues(itemsOf, { value: string }).to(texts)

  t.stream(orders).selectKey(customerOf, { key: string }).to(large)

  t.stream(orders).peek(watch).to(small)

  t.stream(orders).filter(isUrgent).forEach(watch)

  const urgent = t.stream(orders).filter(isUrgent)
  t.stream(orders).filter(isLarge).merge(urgent).to(large)

  const branches = t.stream(orders).split({ urgent: isUrgent, large: isLarge })
  branches.urgent.to(large)
  branches.rest.to(small)

  t.stream(orders).selectKey(customerOf, { key: string }).repartition({ name: 'by-customer', partitions: 6 }).to(large)

  t.stream(orders).filterNot(isTest).through(checked).to(small)

  t.stream(orders).toOneOf([large, small], bySize)

  t.stream([orders, returns]).filter(isTest).to(small)

  t.stream(/^orders\.of\./, { key: string, value: orders.value, subtopology: 'shops' })
    .filter(isTest)
    .to(small)

  t.stream(orders).mapHeaders(withOrigin).to(small)

  t.stream(orders)
    .onError({ retry: { attempts: 5, backoff: '100ms', cap: '10s' }, then: 'stop' })
    .filter(isLarge)
    .to(large)

  t.stream(orders).to(small, { partitioner: bySizeOfOrder })
})
