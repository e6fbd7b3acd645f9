import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { makeProject } from '../../../ops/init/make-project.ts'
import { mergePackage, type PackageFile } from '../../../ops/init/package-file.ts'
import { suite } from '../../support/suite.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-init-'))
process.on('exit', () => rmSync(root, { recursive: true, force: true }))
const own: PackageFile = {
  version: '1.2.3',
  peerDependencies: { 'drizzle-orm': '0.45.4' },
  devDependencies: { typescript: '7.0.2' },
}
const text = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8')

suite('init', test => {
  test('a new folder gets a package of its own', async () => {
    const { written, kept } = await makeProject(join(root, 'My App'), 'npm')
    assert.ok(written.includes('schemas/generated/order.ts'))
    assert.equal(kept, [])
    const made: PackageFile = JSON.parse(text('My App', 'package.json'))
    assert.is(made.name, 'my-app')
    assert.is(made.type, 'module')
    assert.ok(made.dependencies?.millrace)
    assert.is(text('My App', '.gitignore'), 'node_modules/\n')
    assert.not(existsSync(join(root, 'My App', 'pnpm-workspace.yaml')))
  })

  test('an existing package keeps all that it has', async () => {
    const folder = join(root, 'existing')
    await makeProject(folder, 'pnpm')
    assert.is(text('existing', 'pnpm-workspace.yaml'), 'allowBuilds:\n  esbuild: true\n')
    for (const file of ['millrace.config.ts', 'order-totals.ts', 'sample-orders.txt', 'test', 'schemas'])
      rmSync(join(folder, file), { recursive: true })
    writeFileSync(join(folder, 'README.md'), 'mine')
    writeFileSync(
      join(folder, 'package.json'),
      '{"name":"mine","type":"commonjs","scripts":{"test":"ava","dev":"next"}}',
    )
    const { kept } = await makeProject(folder, 'npm')
    assert.equal([...kept].sort(), ['.gitignore', 'README.md', 'tsconfig.json'])
    assert.is(text('existing', 'README.md'), 'mine')
    const { name, type, scripts }: PackageFile = JSON.parse(text('existing', 'package.json'))
    assert.equal([name, type, scripts?.test, scripts?.dev], ['mine', 'commonjs', 'ava', 'next'])
  })

  test('nothing is written where a file would be overwritten', async () => {
    const folder = join(root, 'taken')
    await makeProject(folder, 'npm')
    rmSync(join(folder, 'order-totals.ts'))
    let said = ''
    await makeProject(folder, 'npm').catch(error => {
      said = error.message
    })
    assert.match(said, /has .*sample-orders\.txt.* already, and init overwrites nothing/)
    assert.not(existsSync(join(folder, 'order-totals.ts')))
  })

  test("npm's placeholder of a test script gives way, and packages that are there keep their version", () => {
    const present: PackageFile = {
      scripts: { test: 'echo "Error: no test specified" && exit 1' },
      dependencies: { millrace: 'file:../millrace.tgz' },
      devDependencies: { typescript: '5.0.0' },
    }
    const merged = mergePackage(present, { own, name: 'x', source: undefined })
    assert.match(merged.scripts?.test ?? '', '--import millrace/register')
    assert.equal(merged.dependencies, { millrace: 'file:../millrace.tgz', 'drizzle-orm': '0.45.4' })
    assert.equal(merged.devDependencies, { typescript: '5.0.0' })
    assert.is(merged.type, undefined)
  })
})
