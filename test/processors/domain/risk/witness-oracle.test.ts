import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { type RecordedTrading, verifyDecisions } from '../../../../processors/domain/risk/witness-oracle.ts'
import { suite } from '../../../support/suite.ts'
import { played, schedule, signals } from '../../support/arbitraries.ts'
import type { Pipeline } from '../../support/pipeline.ts'

const recorded = ({ approved, rejected, fills }: Pipeline): RecordedTrading => ({ approved, rejected, reports: fills })

suite(
  'Witness oracle',
  test => {
    test('following the witness, it reaches every decision of every schedule', async () => {
      await fc.assert(
        fc.asyncProperty(signals, schedule, async (posted, numbers) => {
          assert.equal(verifyDecisions(recorded(await played(posted, numbers))), [])
        }),
        { numRuns: 1_000 },
      )
    })

    test('repetitions and order of the records do not matter', async () => {
      const { approved, rejected, reports } = recorded(await sample(20))
      const twice = {
        approved: [...approved].reverse(),
        rejected: [...rejected].reverse(),
        reports: [...reports, ...reports].reverse(),
      }
      assert.equal(verifyDecisions(twice), [])
    })

    test('it sees an approval that should not be, a rejection that should not be, and figures that are off', async () => {
      const truth = recorded(await sample(20))
      const { approved, rejected } = truth
      const [first] = approved
      const trade = first!.payload
      const lowerCap = { ...first!, payload: { ...trade, exposureCap: trade.exposureAfter - 1n } }
      assert.equal(codes({ ...truth, approved: [lowerCap, ...approved.slice(1)] }), [
        ['EXPOSURE_CAP_EXCEEDED', 'APPROVE'],
      ])
      const figures = { ...first!, payload: { ...trade, exposureBefore: trade.exposureBefore + 1n } }
      assert.is(codes({ ...truth, approved: [figures, ...approved.slice(1)] }).length, 1)
      const refused = rejected.find(event => event.payload.reasonCode === 'INSTRUMENT_DISABLED')!
      const enabled = { ...refused, payload: { ...refused.payload, enabled: true } }
      const others = rejected.filter(event => event !== refused)
      assert.is(codes({ ...truth, rejected: [enabled, ...others] })[0]![1], 'INSTRUMENT_DISABLED')
    })

    test('it sees a missing decision, a second one for a key, and a missing report', async () => {
      const truth = recorded(await sample(20))
      const { approved, rejected, reports } = truth
      const last = (events: typeof approved) => events.reduce((a, b) => (a.payload.riskSeq > b.payload.riskSeq ? a : b))
      const newest = last(approved)
      const earlier = approved.filter(
        event => event.payload.portfolioId === newest.payload.portfolioId && event !== newest,
      )
      assert.ok(earlier.length > 0)
      assert.ok(verifyDecisions({ ...truth, approved: approved.filter(event => event !== earlier[0]) }).length > 0)
      assert.ok(verifyDecisions({ ...truth, rejected: [...rejected, rejected[0]!] }).length > 0)
      const needed = approved.find(event => event.payload.feedbackExecSeq > 0n)!
      const missing = reports.filter(event => event.payload.portfolioId !== needed.payload.portfolioId)
      assert.ok(verifyDecisions({ ...truth, reports: missing }).length > 0)
    })
  },
  { timeoutMs: 180_000 },
)

/** A fixed run with approvals, refusals and feedback between them: the first of the seed's draws that has all of it. */
async function sample(seed: number): Promise<Pipeline> {
  for (const [posted, numbers] of fc.sample(fc.tuple(signals, schedule), { numRuns: 2_000, seed })) {
    const pipeline = await played(posted, numbers)
    const { approved, rejected } = pipeline
    const disabled = rejected.some(event => event.payload.reasonCode === 'INSTRUMENT_DISABLED')
    const fed = approved.some(event => event.payload.feedbackExecSeq > 0n)
    const perPortfolio = new Map<string, number>()
    for (const { payload } of approved) {
      perPortfolio.set(payload.portfolioId, (perPortfolio.get(payload.portfolioId) ?? 0) + 1)
    }
    if (disabled && fed && approved.length > 2 && [...perPortfolio.values()].every(count => count > 1)) return pipeline
  }
  throw new Error('no sample is rich enough: draw more')
}

function codes(records: RecordedTrading): string[][] {
  return verifyDecisions(records).map(({ expected, found }) => [expected, found])
}
