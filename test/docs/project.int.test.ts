import { resolve } from 'node:path'
import { run } from 'millrace'
import { openDatabase } from 'millrace/commands'
import * as assert from 'uvu/assert'
import { run as runCommand } from '../support/command.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'
import { wordCount } from './project/word-count.ts'

const { database } = await realParts({ postgres: true })

suite('the project of the guides', test => {
  test('its own command reads what the topology has counted', async () => {
    const url = await database()
    const app = await run(wordCount, { postgres: url, schema: 'words' })
    const sql = await openDatabase(url)
    const writer = await app.parts.broker.writer()
    const [key, value] = [Buffer.from('hamlet'), Buffer.from('To be, or not to be')]
    await writer.send([{ topic: 'lines', partition: 0, timestamp: 0, key, value, headers: [] }])
    // All six: the second time of a word makes no row.
    const counted = async () => Number((await sql`select sum(value) as n from words.word_counts`)[0]?.n)
    await waitFor(async () => (await counted()) === 6, { what: 'the words are missing' })
    await Promise.all([writer.close(), sql.end(), app.stop()])

    const command = ['--import', 'tsx', resolve('ops/cli.ts'), 'top']
    const folder = resolve('test/docs/project')
    const { code, stdout, stderr } = await runCommand(process.execPath, command, { DATABASE_URL: url }, folder)
    assert.is(stderr, '')
    assert.is(stdout, '2 be\n2 to\n1 not\n1 or\n')
    assert.is(code, 0)
  })
})
