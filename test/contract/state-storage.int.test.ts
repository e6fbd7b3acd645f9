import postgres from 'postgres'
import { postgresStorage } from '../../store/postgres/postgres-storage.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { stateStorageContract } from './state-storage.ts'

const parts = await realParts({ postgres: true })

suite('state storage contract: Postgres', test => {
  stateStorageContract(test, async () => {
    const url = await parts.database()
    const open = () => postgresStorage({ url, schema: 'millrace', clock: systemClock })
    const storage = open()
    const lose = async () => {
      const sql = postgres(url, { max: 1, onnotice: () => {} })
      await sql`drop schema millrace cascade`.finally(() => sql.end())
    }
    return { storage, again: open, lose, close: () => storage.close() }
  })
})
