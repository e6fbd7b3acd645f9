import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { runVectorFile } from '../../ops/trading-vectors.ts'
import { instrumentReasonCodes, portfolioReasonCodes } from '../../processors/domain/refusal.ts'
import { suite } from '../support/suite.ts'

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
    // PORTFOLIO_NOT_FOUND cannot: the format has no way to leave the portfolio out.
    const text = readFileSync(ours, 'utf8')
    const missing = [...instrumentReasonCodes, ...portfolioReasonCodes].filter(code => !text.includes(`"${code}"`))
    assert.equal(missing, ['PORTFOLIO_NOT_FOUND'])
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
      { side: 'sell', qty: '2e0', price: '1.6e1' },
    ]
    const expectedSteps = [
      { signedQty: '2.000', costBasis: '3E1', avgOpenPrice: '15' },
      { signedQty: '0E-9', costBasis: '0', avgOpenPrice: null, realisedPnl: '2' },
    ]
    assert.is((await run({ positions: [{ name: 'forms', fills, expectedSteps }] })).passed, 1)
  })

  test('a file of another form is refused with every problem', async () => {
    const error = await run({ positions: [{ name: 'x' }], risk: 1 }).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    assert.match(error!.message, 'positions.0.fills')
    assert.match(error!.message, 'risk: ')
  })
})
