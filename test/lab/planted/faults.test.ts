// budget: 60 s
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { type Edit, editsOf, type PlantedFault } from './fault.ts'
import { chooseFaults, faults } from './faults/all.ts'
import { type Span, spanOf } from './patch.ts'
import { SourceCopy } from './source-copy.ts'

const floors = ['topology', 'store', 'schemas']
const all: readonly PlantedFault[] = [...faults.engine, ...faults.store, ...faults.adapter]

suite(
  'planted faults',
  test => {
    let copy: SourceCopy
    test.before(async () => {
      copy = await SourceCopy.open()
    })
    test.after(() => copy.close())

    test('none is lost: 23 of the engine, 6 of the store, 31 of the adapter, each with a name of its own', () => {
      assert.equal([faults.engine.length, faults.store.length, faults.adapter.length], [23, 6, 31])
      assert.is(new Set(all.map(fault => fault.name)).size, 60)
    })

    test('each can be planted alone: its anchors stand once in the sources of today', async () => {
      for (const fault of all) {
        const refusal = await copy.plant(editsOf(fault)).catch(error => `${fault.name}: ${error.message}`)
        await copy.restore()
        assert.is(refusal, undefined)
      }
    })

    test('the broken sources are correct TypeScript: what fails then is a rule, and not the loading', async () => {
      const project = 'tsconfig.planted.json'
      await copy.write(project, JSON.stringify({ extends: './tsconfig.json', include: floors }))
      const compile = [copy.path('node_modules/typescript/bin/tsc'), '--noEmit', '-p', copy.path(project)]
      for (const together of await apart(all)) {
        await copy.plant(together.flatMap(editsOf))
        const said = await promisify(execFile)(process.execPath, compile).then(
          () => '',
          (error: { readonly stdout: string }) => error.stdout,
        )
        await copy.restore()
        assert.is(said, '')
      }
    })

    test('a fault without a file, or whose second anchor is missing, is refused, and nothing is changed', async () => {
      const [fault] = faults.store
      const before = await readFile(copy.path(fault!.file), 'utf8')
      const refusal = (edits: readonly Edit[]) => copy.plant(edits).then(() => 'not refused', String)
      const moved = { file: 'store/moved.ts', anchor: 'a', replacement: 'b' }
      assert.match(await refusal([...editsOf(fault!), moved]), 'in store/moved.ts, its anchor "a" has no such file')
      const gone = { ...moved, file: fault!.file, anchor: 'no such text' }
      assert.match(await refusal([...editsOf(fault!), gone]), 'its anchor "no such text" is not in the file')
      assert.is(await readFile(copy.path(fault!.file), 'utf8'), before)
    })

    test('restored, the copy is as the project is', async () => {
      await copy.plant(all.slice(0, 1).flatMap(editsOf))
      assert.is.not(await readFile(copy.path(all[0]!.file), 'utf8'), await readFile(all[0]!.file, 'utf8'))
      await copy.restore()
      for (const { file } of all.flatMap(editsOf))
        assert.is(await readFile(copy.path(file), 'utf8'), await readFile(file, 'utf8'))
    })

    test('production has one path: no source of the library speaks of a switch', async () => {
      const speaking: string[] = []
      let seen = 0
      for (const floor of floors)
        for (const entry of await readdir(floor, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile()) continue
          seen++
          const path = join(entry.parentPath, entry.name)
          if (/safeguard/i.test(path + (await readFile(path, 'utf8')))) speaking.push(path)
        }
      assert.ok(seen > 200)
      assert.equal(speaking, [])
    })

    test('a name stands for a floor or for one fault; an unknown one is refused with what there is', () => {
      const named = (name?: string) => {
        const { bySeeds, byTests } = chooseFaults(name)
        return [bySeeds.length, byTests.length]
      }
      assert.equal(named(), [29, 0])
      assert.equal(named('engine'), [23, 0])
      assert.equal(named('store'), [6, 0])
      assert.equal(named('adapter'), [0, 31])
      assert.equal(named('undoWrites'), [1, 0])
      assert.equal(named('sortAborted'), [0, 1])
      assert.throws(() => named('typo'), /no planted fault 'typo': choose among engine, store, adapter, fenceBefore/)
    })
  },
  { timeoutMs: 120_000 },
)

interface Place extends Span {
  readonly file: string
}

/** The faults in groups within which no two edits overlap, so that each group can be planted at once. */
async function apart(faults: readonly PlantedFault[]): Promise<readonly (readonly PlantedFault[])[]> {
  const groups: { readonly members: PlantedFault[]; readonly taken: Place[] }[] = []
  for (const fault of faults) {
    const places: Place[] = []
    for (const edit of editsOf(fault))
      places.push({ file: edit.file, ...spanOf(edit, await readFile(edit.file, 'utf8')) })
    const group = groups.find(({ taken }) => !taken.some(place => places.some(other => overlap(place, other))))
    if (group === undefined) groups.push({ members: [fault], taken: places })
    else {
      group.members.push(fault)
      group.taken.push(...places)
    }
  }
  return groups.map(({ members }) => members)
}

function overlap(one: Place, other: Place): boolean {
  return one.file === other.file && one.from < other.to && other.from < one.to
}
