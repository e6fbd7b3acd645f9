import { int64, store, string, type TransformOptions, topology } from 'millrace'
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
import { type Customer, counts, customers, french, knownOrders, names, orders } from './topics.ts'

const countries = store.keyValue('countries-before', { key: string, value: string })

export const moves: TransformOptions<string, Customer | null, string, { countries: typeof countries }> = {
  name: 'moves',
  stores: { countries },
  value: string,
  async transform(customer, key, { stores }) {
    const before = await stores.countries.get(key)
    if (customer === null) return null
    stores.countries.put(key, customer.country)
    return `${before ?? 'nowhere'} to ${customer.country}`
  },
}

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

  known.transformValues(moves).toStream().to(names)

  known.onError({ then: 'stop' }).mapValues(nameOf, { value: string }).toStream().to(names)
})
