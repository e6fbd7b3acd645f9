import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { string } from '../../../topology/definition/serdes/primitives.ts'
import { loadYaml } from '../../../topology/yaml/load.ts'
import { suite } from '../../support/suite.ts'

suite('yaml beside compiled modules', test => {
  test('a file that names risk.ts finds risk.js where only that was published', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-yaml-'))
    try {
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
      await writeFile(join(folder, 'risk.js'), 'export default function process() {}\n')
      const text = `topology: app
topics: { in: { key: string, value: string } }
processors: { p: { streams: [in], process: ./risk.ts } }
`
      await writeFile(join(folder, 'app.yaml'), text)
      const definition = await loadYaml(join(folder, 'app.yaml'), { serdes: { string }, avro: () => string })
      const node = definition.nodes.find(each => each.name === 'p')
      assert.is(node?.kind === 'process' && node.functions?.[0]?.name, 'process')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
