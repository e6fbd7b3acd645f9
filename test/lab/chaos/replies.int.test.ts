import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { holdsUnder, serversToBreak } from './hold.ts'

// Of about 7 minutes for all of test/lab/chaos on 2 cores this file may take 2. The limit below is for a machine that does other work too.
// budget: 600 s

const servers = await serversToBreak()

suite(
  '20 lost replies of EndTxn, TxnOffsetCommit, Produce and the apply each, 100 poison records, 20 s of rebalances',
  test => {
    test('every promise holds, and the dead letters are the poison', async () => {
      const faults = {
        'lose-EndTxn': 20,
        'lose-Produce': 20,
        'lose-TxnOffsetCommit': 20,
        'lose-apply': 20,
        poison: 20,
        storm: 1,
      }
      const report = await holdsUnder(servers, faults, {
        seed: 13,
        spacing: { heavyMs: 20_000, lightMs: 600 },
        lastingMs: 60_000,
      })
      // Each poisoning is four records that cannot be decoded and one conflict.
      assert.is(report.fed.undecodable + report.fed.conflicts, 100)
    })
  },
  { timeoutMs: 580_000 },
)
