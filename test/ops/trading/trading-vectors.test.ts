import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { runVectorFile } from '../../../ops/trading/trading-vectors.ts'
import { instrumentReasonCodes, portfolioReasonCodes } from '../../../processors/domain/risk/refusal.ts'
import { suite } from '../../support/suite.ts'

const ours = 'test/data/trading-vectors.json'

suite('Trading vectors', test => {
  let folder: string
  test.before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vectors-'))
  })
  test.after(() => rm(folder, { recursive: true }))

  const run = async (file: unknown) => {
    const path = join(folder, 'file.json')
    await writeFile(path, JSON.stringify(file))
    return runVectorFile(path)
  }

  test('our own file passes', async () => {
    const { passed, failures } = await runVectorFile(ours)
    assert.equal(failures, [])
    assert.is(passed, 66)
  })

  test('it has every reason code that a case can bring about', () => {
    // Four cannot: the format has no order types, times in force and market prices, and no way to leave the portfolio out.
    const text = readFileSync(ours, 'utf8')
    const missing = [...instrumentReasonCodes, ...portfolioReasonCodes].filter(code => !text.includes(`"${code}"`))
    assert.equal(missing, [
      'LIMIT_PRICE_ON_MARKET_ORDER',
      'TIME_IN_FORCE_UNKNOWN',
      'PRICE_OUT_OF_BAND',
      'PORTFOLIO_NOT_FOUND',
      'SIGNAL_FROM_FUTURE',
      'SIGNAL_TOO_OLD',
      'LOSS_LIMIT_EXCEEDED',
      'DRAWDOWN_LIMIT_EXCEEDED',
    ])
  })

  test('a wrong step is told with what was expected and found', async () => {
    const fills = [{ side: 'BUY', qty: '2', price: '1.5', fee: '0.1' }]
    const step = { signedQty: '2', costBasis: '3.1', avgOpenPrice: '1.5', realisedPnl: '-0.1', fees: '0.1' }
    const { passed, failures } = await run({ scale: 18, positions: [{ name: 'wrong', fills, expectedSteps: [step] }] })
    assert.is(passed, 0)
    assert.equal(failures, [["FAILED position 'wrong'", '  step 1 costBasis: expected 3.1, found 3']])
  })

  test('a wrong decision is told; the other cases go on', async () => {
    const signals = [{ side: 'BUY', qty: '1', refPrice: '1' }]
    const risk = [
      { name: 'wrong', signals, expect: ['TRADING_HALTED'] },
      { name: 'right', signals, expect: ['APPROVE'] },
    ]
    const { passed, failures } = await run({ scale: 18, risk })
    assert.is(passed, 1)
    assert.equal(failures, [["FAILED risk 'wrong'", '  signal 1: expected TRADING_HALTED, found APPROVE']])
  })

  test('decimals may be numbers or have an exponent; a null average is flat', async () => {
    const fills = [
      { side: 'buy', qty: 2, price: '1.5E+1', fee: null },
      { side: 'sell', qty: '+2e0', price: '.16e2' },
    ]
    const expectedSteps = [
      { signedQty: '2.000', costBasis: '3E1', avgOpenPrice: '15' },
      { signedQty: '0E-9', costBasis: '0', avgOpenPrice: null, realisedPnl: '2' },
    ]
    assert.is((await run({ positions: [{ name: 'forms', fills, expectedSteps }] })).passed, 1)
  })

  test('a case that cannot be read has failed with its problems; the others go on', async () => {
    const signals = [{ side: 'BUY', qty: '1', refPrice: '1' }]
    const risk = [
      { name: 'right', signals, expect: ['APPROVE'] },
      { name: 'no side', signals: [{ qty: '1', refPrice: '1' }], expect: ['APPROVE'] },
      { signals, expect: 'APPROVE' },
    ]
    const positions = [
      { name: 'no fills' },
      { name: 'too fine', fills: [{ side: 'BUY', qty: '1e-19', price: '1' }], expectedSteps: [{}] },
    ]
    const { passed, failures } = await run({ positions, risk })
    assert.is(passed, 1)
    assert.equal(
      failures.map(([title]) => title),
      ["FAILED position 'no fills'", "FAILED position 'too fine'", "FAILED risk 'no side'", "FAILED risk '3'"],
    )
    assert.match(failures[1]![1]!, "fills.0.qty: '1e-19' is no decimal of at most 18 digits after the point")
    assert.match(failures[2]![1]!, 'signals.0.side')
  })

  test('precisions that are not given let any price and quantity pass', async () => {
    const asked = [
      [{}, '0.000000000000000001', '0.123456789012345678'],
      [{ sizePrecision: 8 }, '0.00000001', '0.123456789012345678'],
      [{ pricePrecision: 2 }, '0.000000000000000001', '0.01'],
      [{ tickSize: '0.0000000000005', sizePrecision: 0 }, '1', '0.0000000000015'],
      [{}, '1000000000000000000000000', '1000000000000000000000000'],
    ] as const
    const risk = asked.map(([instrument, qty, refPrice], index) => ({
      name: String(index),
      instrument,
      signals: [{ side: 'BUY', qty, refPrice }],
      expect: ['APPROVE'],
    }))
    assert.equal((await run({ risk })).failures, [])
  })

  test('rates by any unit; the window is open at its start and closed at its end', async () => {
    const at = (...times: readonly number[]) =>
      times.map(occurredAtMs => ({ side: 'BUY', qty: '1', refPrice: '1', occurredAtMs }))
    const [yes, no] = ['APPROVE', 'RATE_LIMIT_EXCEEDED']
    const day = 86_400_000
    const cases = [
      ['1/1d', at(0, day - 1, day), [yes, no, yes]],
      ['2/500ms', at(0, 0, 0, 499, 500), [yes, yes, no, no, yes]],
      ['1/0.5s', at(1_000, 1_499, 1_500), [yes, no, yes]],
      ['1/2m', at(5, 120_004, 120_005), [yes, no, yes]],
      ['0/1s', at(0), [no]],
    ] as const
    const risk = cases.map(([maxOrderRate, signals, expect]) => ({
      name: maxOrderRate,
      limits: { maxOrderRate },
      signals,
      expect,
    }))
    assert.equal((await run({ risk })).failures, [])
  })

  test('a file of another form is refused with every problem', async () => {
    const error = await run({ positions: { name: 'x' }, risk: 1, scale: 19 }).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    for (const field of ['positions', 'risk', 'scale']) assert.match(error!.message, `\n  ${field}: `)
  })
})
