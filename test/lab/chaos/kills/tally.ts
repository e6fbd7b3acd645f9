import { int64, string, topic, topology } from '../../../../topology/index.ts'

/** Lines of words. */
export const lines = topic('kills.lines', { key: string, value: string })

/** The number of times that a word has come: 1, 2, 3 ... for each word, and none of them twice. */
export const counts = topic('kills.counts', { key: string, value: int64 })

/** The topology of the run of kills: a word count, whose words take a second topic and a table. */
export const tally = topology('kills', t => {
  t.stream(lines)
    .flatMapValues(line => line.split(' '))
    .groupBy(word => word, { name: 'by-word', key: string })
    .count('tally')
    .toStream()
    .to(counts)
})
