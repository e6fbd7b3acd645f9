import { Command } from 'commander'
import { openDatabase, serversInUse } from 'millrace/commands'

export function topCommand(): Command {
  return new Command('top').action(async () => {
    const { postgres, schema = 'public' } = await serversInUse('top', ['postgres'])
    const sql = await openDatabase(postgres)
    const rows = await sql`select key, value from ${sql(schema)}.word_counts order by value desc, key limit 10`
    for (const { key, value } of rows) console.log(`${value} ${key}`)
    await sql.end()
  })
}
