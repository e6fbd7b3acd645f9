import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { loadTopology } from '../../topology/app/topology-file.ts'
import { topologyDifferences } from '../../topology/definition/equality.ts'
import { MillraceError } from '../../topology/definition/errors.ts'
import { millrace } from '../support/command.ts'
import { suite } from '../support/suite.ts'

const folder = 'test/ops/fixtures/topologies'

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return error instanceof MillraceError ? error.code : String(error)
  }
}

suite('topology command', test => {
  test('a YAML file and a module give the same topology, functions included', async () => {
    const [yaml, module] = await Promise.all([loadTopology(`${folder}/risk.yaml`), loadTopology(`${folder}/check.ts`)])
    assert.equal(topologyDifferences(yaml, module), [])
    const renamed = await loadTopology(`${folder}/renamed.yaml`)
    assert.ok(topologyDifferences(yaml, renamed).includes('stores.ledgers'))
  })

  test('files that cannot be a topology', async () => {
    assert.is(await codeOf(loadTopology(`${folder}/none.yaml`)), 'CONFIG_INVALID')
    assert.is(await codeOf(loadTopology('package.json')), 'CONFIG_INVALID')
    assert.is(await codeOf(loadTopology(`${folder}/check.ts#chek`)), 'CONFIG_INVALID')
    assert.is(await codeOf(loadTopology('ops/command-line/exit-codes.ts')), 'CONFIG_INVALID')
    assert.is(await codeOf(loadTopology(`${folder}/five-mistakes.yaml`)), 'TOPOLOGY_INVALID')
  })

  test('validate: five mistakes, five lines with their places, exit code 1; the other files are still checked', async () => {
    const { code, stdout, stderr } = await millrace([
      'topology',
      'validate',
      `${folder}/five-mistakes.yaml`,
      `${folder}/risk.yaml`,
    ])
    assert.is(code, 1)
    assert.equal(stderr.trim().split('\n'), [
      `${folder}/five-mistakes.yaml has 5 problems:`,
      `  ${folder}/five-mistakes.yaml:3:34 value of topic 'signals' 'strng' is not known; did you mean 'string'?`,
      `  ${folder}/five-mistakes.yaml:7:5 processor 'risk' takes no 'stream'; did you mean 'streams'?`,
      `  ${folder}/five-mistakes.yaml:9:14 module './check.ts' has no export 'chek'; it has default, risk`,
      `  ${folder}/five-mistakes.yaml:10:24 sink topic 'signals.cheked' is not declared; did you mean 'signals.checked'?`,
      `  ${folder}/five-mistakes.yaml:11:36 backoff of on-error of processor 'risk': duration 'soon' is not valid: write '100ms', '5s', '5m', '1h' or '7d'`,
    ])
    assert.is(stdout.trim(), `${folder}/risk.yaml: topology 'desk' is valid: 1 sub-topology (risk), 1 store`)
  })

  test('describe writes a snapshot that diff reads', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'millrace-topology-'))
    try {
      const snapshot = join(temporary, 'old.json')
      const written = await millrace(['topology', 'describe', `${folder}/risk.yaml`, '--json', '--output', snapshot])
      assert.is(written.code, 0)
      assert.is(JSON.parse(await readFile(snapshot, 'utf8')).stores.ledgers.changelog, 'desk-ledgers-changelog')
      const [same, renamed] = await Promise.all([
        millrace(['topology', 'diff', snapshot, `${folder}/risk.yaml`]),
        millrace(['topology', 'diff', snapshot, `${folder}/renamed.yaml`]),
      ])
      assert.is(same.code, 0)
      assert.is(same.stdout.trim(), "= store 'ledgers' keeps its state\nno state is lost")
      assert.is(renamed.code, 1)
      assert.match(renamed.stdout, "- store 'ledgers' is renamed to 'exposure': its state would be lost")
    } finally {
      await rm(temporary, { recursive: true })
    }
  })

  test('describe draws', async () => {
    const [mermaid, svg] = await Promise.all([
      millrace(['topology', 'describe', `${folder}/risk.yaml`, '--format', 'mermaid']),
      millrace(['topology', 'describe', `${folder}/risk.yaml`, '--format', 'svg']),
    ])
    assert.match(mermaid.stdout, /^flowchart LR\n/)
    assert.match(svg.stdout, /^<svg /)
  })

  test('a command line that is wrong ends with 2, a file that is not there with 3', async () => {
    const [missing, format, file] = await Promise.all([
      millrace(['topology', 'diff', 'one.yaml']),
      millrace(['topology', 'describe', '--format', 'png']),
      millrace(['topology', 'validate', 'no-such.yaml']),
    ])
    assert.equal([missing.code, format.code, file.code], [2, 2, 3])
    assert.match(file.stderr, "topology file 'no-such.yaml' does not exist: correct the path")
  })
})
