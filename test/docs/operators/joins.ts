import { string, topology } from 'millrace'
import {
  anyGreeting,
  converted,
  currencyOf,
  customerOf,
  either,
  greeting,
  maybeConverted,
  maybeGreeting,
  maybePaid,
  orderIdOf,
  paid,
  withAnyCustomer,
  withCustomer,
} from './functions.ts'
import { customers, names, orders, pages, payments, rates, texts } from './topics.ts'

export default topology('joins', t => {
  const byOrder = t.stream(payments).selectKey(orderIdOf, { key: string })
  const byCustomer = t.stream(orders).selectKey(customerOf, { key: string })
  const known = t.table(customers, 'customers')
  const versions = t.table(customers, 'customer-versions', { history: '1d' })
  const lastPages = t.table(pages, 'last-pages')
  const exchange = t.globalTable(rates, 'exchange')

  t.stream(orders).join(byOrder, { name: 'paid', within: '15m', grace: '1m', value: string }, paid).to(texts)

  t.stream(orders)
    .leftJoin(
      byOrder,
      { name: 'maybe-paid', within: { before: '1m', after: '15m' }, grace: '1m', value: string },
      maybePaid,
    )
    .to(texts)

  t.stream(orders).outerJoin(byOrder, { name: 'either', within: '15m', grace: '1m', value: string }, either).to(texts)

  byCustomer.joinTable(known, withCustomer, { name: 'orders-by-customer', value: string }).to(texts)

  byCustomer.leftJoinTable(known, withAnyCustomer, { name: 'orders-by-any-customer', value: string }).to(texts)

  byCustomer
    .joinTable(versions, withCustomer, {
      name: 'orders-in-time',
      value: string,
      buffer: { name: 'waiting', grace: '5m' },
    })
    .to(texts)

  t.stream(orders).joinGlobal(exchange, currencyOf, converted, { value: string }).to(texts)

  t.stream(orders).leftJoinGlobal(exchange, currencyOf, maybeConverted, { value: string }).to(texts)

  known.join(lastPages, greeting, { value: string }).toStream().to(names)

  known.leftJoin(lastPages, maybeGreeting, { value: string }).toStream().to(names)

  known.outerJoin(lastPages, anyGreeting, { value: string }).toStream().to(names)
})
