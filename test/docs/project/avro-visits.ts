import { avro, columnsOf, store } from 'millrace'

export const Visit = avro({
  type: 'record',
  name: 'Visit',
  fields: [
    { name: 'userId', type: 'string' },
    { name: 'page', type: 'string' },
    { name: 'views', type: 'int' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  ],
})

export const visits = store.table('visits', columnsOf(Visit), { key: ['userId', 'page'], value: Visit })
