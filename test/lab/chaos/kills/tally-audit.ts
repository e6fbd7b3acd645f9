import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { kafkaProgram } from '../../cluster/kafka-program.ts'
import { counts, lines } from './tally.ts'

/** The findings of an audit from outside. */
export interface TallyAudit {
  readonly inputs: number
  readonly outputs: number
  readonly rows: number
  readonly problems: readonly string[]
}

/**
 * Compares what went in with what came out, without any part of the engine: Kafka's own consumer reads both topics, plain SQL reads the
 * table. Each word has the counts 1, 2, 3 ... up to the number of times that it is in the lines, in order, and that number in its row.
 */
export async function auditTally(kafka: string, database: string): Promise<TallyAudit> {
  const program = await kafkaProgram()
  let answer: readonly string[]
  try {
    const file = join(program.folder, 'answer.txt')
    await program.run('WordCountAudit', [kafka, file, lines.name, counts.name])
    answer = (await readFile(file, 'utf8')).trim().split('\n')
  } finally {
    await program.close()
  }
  const [inputs = 0, outputs = 0] = answer[0]!.split(' ').map(Number)
  const problems = answer.filter(line => line.startsWith('! ')).map(line => line.slice(2))
  const expected = new Map(
    answer.filter(line => line.startsWith('= ')).map(line => line.slice(2).split(' ') as [string, string]),
  )
  const sql = postgres(database, { max: 1, onnotice: () => {} })
  try {
    const rows = await sql<{ key: string; count: string }[]>`select key, value as count from tally`
    for (const { key, count } of rows)
      if (expected.get(key) !== String(count))
        problems.push(`the row of ${key} has ${count}, and the lines have it ${expected.get(key)} times`)
    if (rows.length !== expected.size) problems.push(`${rows.length} rows for ${expected.size} words`)
    return { inputs, outputs, rows: rows.length, problems }
  } finally {
    await sql.end()
  }
}
