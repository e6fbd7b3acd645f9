import { avro, int64, string, topic, topology } from '../../topology/index.ts'

/** A line and its author, as Avro. */
export const Line = avro({
  type: 'record',
  name: 'Line',
  namespace: 'millrace.test',
  fields: [
    { name: 'author', type: 'string' },
    { name: 'text', type: 'string' },
  ],
})

export const lines = topic('secured.lines', { key: string, value: Line, partitions: 2 })
export const counts = topic('secured.counts', { key: string, value: int64, partitions: 2 })

/** Counts the words of Avro lines: it needs the registry. */
export default topology('secured-word-count', t => {
  t.stream(lines)
    .flatMapValues(({ text }) => text.toLowerCase().match(/\w+/g) ?? [])
    .groupBy(word => word, { name: 'by-word', key: string })
    .count('secured_word_counts')
    .toStream()
    .to(counts)
})
