import { int64, string, topology } from 'millrace'
import {
  byCountry,
  customerIdOf,
  describe,
  isFrench,
  maybeOrdered,
  minus,
  nameOf,
  none,
  ordered,
  plus,
} from './functions.ts'
import { counts, customers, french, knownOrders, names, orders } from './topics.ts'

export default topology('tables', t => {
  const known = t.table(customers, 'known-customers')

  const latest = t.stream(orders).toTable('latest-orders')
  latest.mapValues(describe, { value: string }).toStream().to(knownOrders)

  known.filter(isFrench, { store: 'french' }).toStream().to(french)

  known.filterNot(isFrench).toStream().to(french)

  known.mapValues(nameOf, { value: string }).toStream().to(names)

  known
    .groupBy(byCountry, { name: 'by-country', key: string, value: int64 })
    .reduce('customers-by-country', { add: plus, subtract: minus })
    .toStream()
    .to(counts)

  known
    .groupBy(byCountry, { name: 'by-country-counted', key: string, value: int64 })
    .count('countries')
    .toStream()
    .to(counts)

  known
    .groupBy(byCountry, { name: 'by-country-summed', key: string, value: int64 })
    .aggregate('sums', { init: none, add: plus, subtract: minus, value: int64 })
    .toStream()
    .to(counts)

  latest
    .joinForeignKey(known, { name: 'orders-customers', on: customerIdOf, value: string }, ordered)
    .toStream()
    .to(names)

  latest
    .leftJoinForeignKey(known, { name: 'orders-any-customers', on: customerIdOf, value: string }, maybeOrdered)
    .toStream()
    .to(names)

  known.suppress({ name: 'calm', every: '1m' }).toStream().to(french)
})
