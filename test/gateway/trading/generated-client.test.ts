import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import { positions } from '../../../store/trading/reconciler.ts'
import { listen } from '../../../topology/http/listen.ts'
import { portAccess } from '../../../topology/http/port-access.ts'
import { run } from '../../support/command.ts'
import { suite } from '../../support/suite.ts'
import { stubTrading } from './support/stub-app.ts'
import { order } from './support/stub-reads.ts'

const key = ['alpha-01', 'XNAS:MSFT']
const asOf = { 'positions-0': '17' }
const { app } = stubTrading({
  topology: { stores: [positions] },
  reads: {
    storeRow: async ({ name }, given) => {
      const known = name === 'positions' && given.length === 2 && given.every((part, index) => part === key[index])
      const row = {
        key: { portfolio_id: key[0], instrument_key: key[1] },
        value: { quantity: '20' },
        timestamp: 0,
        asOf,
      }
      return { kind: 'found', value: { row: known ? row : undefined, asOf } }
    },
  },
})

const program = 'processors/contract/read-portfolio.ts'
/** A project of a user. oazapfts' own types do not stand `exactOptionalPropertyTypes`. */
const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  lib: ['es2023', 'dom'],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  rewriteRelativeImportExtensions: true,
  outDir: 'out',
}

/** Runs a tool of the project in `folder`, and gives what it wrote. */
async function tool(folder: string, path: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(process.execPath, [resolve('node_modules', path), ...args], {}, folder)
  assert.is(code, 0, `${path}: ${stdout}${stderr}`)
  return stdout + stderr
}

suite('a client that is generated from the OpenAPI document', test => {
  let folder = ''
  let port: Awaited<ReturnType<typeof listen>>
  const compile = () => tool(folder, 'typescript/bin/tsc', '-p', '.')

  test.before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-client-'))
    port = await listen(app.fetch, 0, portAccess())
    await symlink(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
    await copyFile(program, join(folder, 'read-portfolio.ts'))
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['client.ts', 'read-portfolio.ts'] }),
    )
    const document = await fetch(`${port.url}/openapi.json`)
    await writeFile(join(folder, 'openapi.json'), await document.text())
    const style = ['--argumentStyle=object', '--futureStripLegacyMethods']
    assert.is(await tool(folder, 'oazapfts/dist/cli.js', 'openapi.json', 'client.ts', ...style), '')
  })
  test.after(async () => {
    await port.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('compiles, and reads a portfolio, a page of orders and a row by its composite key', async () => {
    assert.is(await compile(), '')
    const { readPortfolio } = await import(pathToFileURL(join(folder, 'out/read-portfolio.js')).href)
    // See stub-reads.ts: cash -572.286 and 20 shares at 28.70.
    assert.equal(await readPortfolio(port.url, 'alpha-01'), {
      equity: '1.714',
      statuses: [{ orderId: order.orderId, status: 'FILLED' }],
      next: null,
      position: { quantity: '20' },
    })
    const refused = await readPortfolio(port.url, 'nobody').catch((error: Error) => error.message)
    assert.match(refused, /^Not found: .*nobody/i)
  })

  test('the compiler takes what the document says and nothing else', async () => {
    const given = "actor: 'ann', reason: 'stop'"
    const price = "exchange: 'XNAS', instrumentId: 'MSFT', occurredAt: '2010-03-02T15:00:00Z'"
    const right = [
      `await postPrice({ price: { ${price}, last: '28.67' } })`,
      `await changePortfolio({ portfolioId: 'a', limitsChange: { tradingState: 'HALTED', ${given} } })`,
      `await changePortfolio({ portfolioId: 'a', limitsChange: { lossLimit: null, ${given} } })`,
    ]
    const wrong = [
      `await postPrice({ price: { ${price} } })`,
      `await postPrice({ price: { ${price}, last: '28.67', first: '28' } })`,
      `await changePortfolio({ portfolioId: 'a', limitsChange: { ${given} } })`,
      `await changePortfolio({ portfolioId: 'a', limitsChange: { tradingState: 'LOST', ${given} } })`,
      "await listOrders({ portfolioId: 'a', status: 'LOST' })",
      "await getPortfolio({ portfolio: 'a' })",
      "await getStoreRow({ store: 'positions', key: 'alpha-01' })",
    ]
    const names = [...new Set([...right, ...wrong].map(line => /^await (\w+)/.exec(line)?.[1]))]
    const lines = [`import { ${names.join()} } from './client.ts'`, ...right, ...wrong]
    await writeFile(join(folder, 'wrong.ts'), lines.join('\n'))
    const files = ['client.ts', 'wrong.ts']
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    const { stdout } = await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', '.'], {}, folder)
    const refused = [...stdout.matchAll(/^wrong\.ts\((\d+),\d+\): error/gm)].map(([, line]) => lines[Number(line) - 1])
    assert.equal(refused, wrong)
  })
})
