import postgres from 'postgres'
import * as assert from 'uvu/assert'
import { terminateBackends } from '../../../ops/cluster/postgres-backends.ts'
import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'

const { database } = await realParts({ postgres: true })

suite('terminateBackends', test => {
  test('ends the connections of one database, by name where asked, and no others', async () => {
    const [here, elsewhere] = [await database(), await database()]
    const open = async (url: string, name: string) => {
      let closed: (name: string) => void = () => {}
      const gone = new Promise<string>(resolve => {
        closed = resolve
      })
      const sql = postgres(url, { max: 1, onclose: () => closed(name), connection: { application_name: name } })
      await sql`select 1`
      return { sql, gone }
    }
    const [a, b, other] = [await open(here, 'a'), await open(here, 'b'), await open(elsewhere, 'other')]

    assert.is(await terminateBackends(here, 'a'), 1)
    assert.is(await Promise.race([a.gone, b.gone, other.gone]), 'a')
    assert.is(await terminateBackends(here), 1)
    assert.is(await Promise.race([b.gone, other.gone]), 'b')
    assert.is(await terminateBackends(elsewhere), 1)
    await Promise.all([a, b, other].map(client => client.sql.end()))
  })
})
