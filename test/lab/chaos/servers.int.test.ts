import { suite } from '../../support/suite.ts'
import { holdsUnder, serversToBreak } from './hold.ts'

// Of about 7 minutes for all of test/lab/chaos on 2 cores this file may take 2. The limit below is for a machine that does other work too.
// budget: 600 s

const servers = await serversToBreak()

suite(
  'a broker killed and restarted, Postgres restarted and emptied, 50 backends killed',
  test => {
    test('every promise holds', async () => {
      const faults = {
        'backend-kill': 50,
        'broker-kill': 1,
        'broker-restart': 1,
        'postgres-restart': 1,
        'postgres-wipe': 1,
      }
      await holdsUnder(servers, faults, { seed: 12, spacing: { heavyMs: 12_000, lightMs: 1_000 }, lastingMs: 55_000 })
    })
  },
  { timeoutMs: 580_000 },
)
