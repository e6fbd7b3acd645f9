import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'

const { registry, prefix } = await realParts({ registry: true })
const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'millrace-schemas-'))

/** A user's project: one topology, whose topic carries trading signals, and the .avsc files. */
async function project(name: string): Promise<(...args: string[]) => Promise<{ code: number; out: string }>> {
  const schemas = join(folder, name)
  await cp(join(root, 'schemas/trading'), schemas, { recursive: true })
  const module = join(schemas, 'topology.ts')
  const from = (path: string) => JSON.stringify(join(root, path))
  await writeFile(
    module,
    `import { topology } from ${from('topology/dsl/topology.ts')}
import { topic } from ${from('topology/definition/topic.ts')}
import { processor } from ${from('topology/definition/processor.ts')}
import { string } from ${from('topology/definition/serdes/primitives.ts')}
import { TradingSignalEvent } from ${from('schemas/trading/generated/trading-signal.ts')}
const signals = topic('${prefix}${name}', { key: string, value: TradingSignalEvent })
export default topology('copying', t => t.processor(processor({ name: 'copy', streams: [signals], process() {} })))
`,
  )
  return (command, ...args) => run(['schemas', command!, '--topology', module, '--schemas', schemas, ...args])
}

function run(args: readonly string[]): Promise<{ code: number; out: string }> {
  const options = { cwd: root, env: { ...process.env, SCHEMA_REGISTRY_URL: registry.url } }
  return new Promise(resolve => {
    execFile(process.execPath, ['ops/bin/run.mjs', ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, out: stdout + stderr })
    })
  })
}

/** Changes a field of the payload of the project's trading signal. */
async function editPayload(name: string, edit: (fields: { name: string; type: Record<string, unknown> }[]) => void) {
  const path = join(folder, name, 'trading-signal.avsc')
  const schema = JSON.parse(await readFile(path, 'utf8'))
  edit(schema.fields.find((field: { name: string }) => field.name === 'payload').type.fields)
  await writeFile(path, JSON.stringify(schema))
}

suite('schemas command on a real registry', test => {
  test('check, register, and check again', async () => {
    const schemas = await project('fits')
    const before = await schemas('check')
    assert.is(before.code, 0, before.out)
    assert.match(before.out, `${prefix}fits-value  new`)
    const registered = await schemas('register')
    assert.is(registered.code, 0, registered.out)
    assert.match(registered.out, /-value {2}id \d+/)
    assert.match((await schemas('check')).out, 'fits 1 version')
  })

  test('a removed field without a default and a changed scale are refused by file and field, with 1', async () => {
    const schemas = await project('refused')
    await schemas('register')
    await editPayload('refused', fields => {
      fields.splice(
        fields.findIndex(field => field.name === 'strategyId'),
        1,
      )
      const quantity = fields.find(field => field.name === 'quantity')!
      quantity.type = { ...quantity.type, scale: 9 }
    })
    for (const command of ['check', 'register']) {
      const { code, out } = await schemas(command)
      assert.is(code, 1, out)
      assert.match(out, join('refused', 'trading-signal.avsc'))
      assert.match(out, "field 'payload.strategyId' was removed and had no default: ")
      assert.match(out, "field 'payload.quantity' changed its decimal scale from 18 to 9: ")
    }
  })

  test('types that are older than their file are a finding', async () => {
    const schemas = await project('stale')
    await editPayload('stale', fields => fields.push({ name: 'note', type: 'string', default: '' } as never))
    const { code, out } = await schemas('check')
    assert.is(code, 1, out)
    assert.match(out, "run 'schemas types'")
  })

  test('a registry that is away ends with 4, a wrong command line with 2, a missing topology with 3', async () => {
    const schemas = await project('away')
    const away = await schemas('check', '--registry', 'http://127.0.0.1:9')
    assert.is(away.code, 4, away.out)
    assert.match(away.out, 'the schema registry is not available')
    assert.not.match(away.out, /\n {4}at /)
    assert.is((await schemas('check', '--nonsense')).code, 2)
    assert.is((await run(['schemas', 'check', '--topology', 'nowhere.ts'])).code, 3)
  })

  test('types are written for a folder, and found up to date', async () => {
    await project('types')
    const target = join(folder, 'types')
    assert.is((await run(['schemas', 'types', target, '--check'])).code, 1)
    assert.is((await run(['schemas', 'types', target])).code, 0)
    assert.is((await run(['schemas', 'types', target, '--check'])).code, 0)
    assert.match(await readFile(join(target, 'generated/order-placed.ts'), 'utf8'), "import { avroOf } from 'millrace'")
  })

  test.after(() => rm(folder, { recursive: true }))
})
