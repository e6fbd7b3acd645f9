import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { parseLimits, parseRate } from '../../../../processors/domain/risk/limits.ts'
import { decimalOf } from '../../../../processors/domain/shared/decimal.ts'
import { parseInstruments } from '../../../../processors/domain/shared/instrument-file.ts'
import { suite } from '../../../support/suite.ts'

suite('Settings files', test => {
  test('a portfolio takes from the defaults what it does not say', () => {
    const limits = parseLimits(`
version: 3
slippageTicks: 2
maxNotionalPerOrder: '500.25'
priceBand: '0.2'
priceBands: { 'X:a': '0.1' }
defaults: { currency: USD, exposureCap: '1000', maxOrderRate: 100/1s }
portfolios:
  a:
  b: { exposureCap: '10', tradingState: HALTED, maxOrderRate: null, maxPositionQty: 7 }
`)
    const rate = { maximum: 100, windowMs: 1_000 }
    const shared = { currency: 'USD', maxPositionQty: null, lossLimit: null, maxDrawdown: null }
    assert.equal(limits, {
      version: 3,
      slippageTicks: 2,
      maxNotionalPerOrder: decimalOf('500.25'),
      priceBand: decimalOf('0.2'),
      priceBands: new Map([['X:a', decimalOf('0.1')]]),
      portfolios: new Map([
        ['a', { ...shared, exposureCap: decimalOf('1000'), tradingState: 'ACTIVE', rate }],
        [
          'b',
          {
            ...shared,
            exposureCap: decimalOf('10'),
            tradingState: 'HALTED',
            maxPositionQty: decimalOf('7'),
            rate: null,
          },
        ],
      ]),
    })
  })

  test('ids are text, as they are written', () => {
    const ids = [
      '007',
      '7',
      '1e3',
      '1000',
      '1.10',
      '1.1',
      '12345678901234567890',
      '0x1F',
      'true',
      'null',
      '~',
      '-0',
      '.5',
    ]
    const written = ids.map(id => `  ${id}: { exposureCap: '${ids.indexOf(id) + 1}' }`).join('\n')
    const { portfolios } = parseLimits(`version: 1\ndefaults: { currency: USD }\nportfolios:\n${written}\n`)
    assert.equal([...portfolios.keys()].sort(), [...ids].sort())
    for (const [index, id] of ids.entries()) assert.is(portfolios.get(id)?.exposureCap, decimalOf(`${index + 1}`))
  })

  test('ids that are given twice are refused, however they are quoted', () => {
    for (const [one, two] of [
      ['007', '"007"'],
      ['1.10', "'1.10'"],
      ['a', 'a'],
    ])
      assert.throws(
        () => parseLimits(`version: 1\nportfolios:\n  ${one}:\n  ${two}:\n`),
        /Map keys must be unique at line [34]/,
      )
  })

  test('ids may come from merged mappings, and keep their text', () => {
    const { portfolios } = parseLimits(`
version: 1
defaults: &usd { currency: USD, exposureCap: 5 }
portfolios:
  007: { <<: *usd, maxPositionQty: 1 }
`)
    assert.is(portfolios.get('007')?.maxPositionQty, decimalOf('1'))
  })

  test('every problem is told at once, with its place', () => {
    try {
      parseLimits(`
version: 0
slippageTicks: 1.5
portfolios: { a: { exposureCap: -5, tradingState: SLEEPING, maxOrderRate: often } }`)
      assert.unreachable()
    } catch (error) {
      const { message } = error as Error
      for (const path of ['version', 'slippageTicks', 'a.exposureCap', 'a.tradingState', 'a.maxOrderRate']) {
        assert.match(message, path)
      }
    }
  })

  test('a portfolio without cap or currency is refused', () => {
    try {
      parseLimits('version: 1\nportfolios: { a: {} }')
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).message, 'portfolios.a.currency: is neither here nor in defaults: add currency')
    }
  })

  test('rates', () => {
    assert.equal(parseRate('5/250ms'), { maximum: 5, windowMs: 250 })
    assert.equal(parseRate('1/2m'), { maximum: 1, windowMs: 120_000 })
    assert.equal(parseRate('1/1d'), { maximum: 1, windowMs: 86_400_000 })
    assert.equal(parseRate('1/0.5s'), { maximum: 1, windowMs: 500 })
    for (const wrong of ['5 a second', '5/0s', '5/0.0001s', '5/99999999999999999999h'])
      assert.throws(() => parseRate(wrong), /is not of the form '100\/1s'/)
    const limitsWith = (rate: string) =>
      parseLimits(`
version: 1
portfolios: { a: { currency: USD, exposureCap: '1', maxOrderRate: ${rate} } }`)
    assert.is(limitsWith('9/24d').portfolios.get('a')?.rate?.windowMs, 24 * 86_400_000)
    // Past what the column of the windows holds: each approval would be dead-lettered.
    assert.throws(() => limitsWith('9/25d'), /maxOrderRate: the window of a rate may be 24d long/)
    assert.throws(() => limitsWith('9/99999999999999999999h'), /maxOrderRate: write a rate as '100\/1s'/)
  })

  test("the demo's files are sound, and an unsound instrument is not", () => {
    const read = (file: string) => readFileSync(`processors/${file}`, 'utf8')
    assert.ok(parseLimits(read('limits.yaml')).portfolios.size >= 20)
    assert.equal(
      parseInstruments(read('instruments.yaml')).map(each => each.instrumentId),
      ['MSFT', 'AMZN', 'IBM', 'GOOG', 'AAPL', 'SP500'],
    )
    const yaml = `X:a: { baseCurrency: a, quoteCurrency: b, pricePrecision: 10, sizePrecision: 9, tickSize: '1', lotSize: '1' }`
    assert.throws(() => parseInstruments(yaml), 'X:a: pricePrecision + sizePrecision must be at most 18')
  })
})
