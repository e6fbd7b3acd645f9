import * as assert from 'uvu/assert'
import { packageEntries } from '../../docs/.vitepress/reference/entries.ts'
import { entryPages } from '../../docs/.vitepress/reference/page.ts'
import { type EntryNames, type NamedExport, readEntries } from '../../docs/.vitepress/reference/read-entry.ts'
import { suite } from '../support/suite.ts'
import { text } from './pages.ts'

const read = readEntries(process.cwd(), packageEntries)
const pages = entryPages(read)

/** The names that the text of an entry's file exports, found without the compiler. */
function exportedBy(file: string): readonly string[] {
  const lists = text(file).matchAll(/^export (?:type )?\{([^}]*)\}/gm)
  return [...lists].flatMap(([, list = '']) => list.split(',').map(name => name.trim())).filter(name => name !== '')
}

function listed({ sections }: EntryNames): readonly NamedExport[] {
  return sections.flatMap(({ names }) => names)
}

/** The part of a page that is about a name. */
function entryOf(page: string, name: string): string {
  return page.split(/^(?=### )/m).find(part => part.startsWith(`### ${name} {#${name}}\n`)) ?? ''
}

suite('API reference', test => {
  for (const entry of packageEntries) {
    const page = pages.get(entry.page) ?? ''

    test(`${entry.name}: every export has its entry, with a signature and a sentence`, async () => {
      const names = exportedBy(entry.file)
      const values = Object.keys(await import(`../../${entry.file}`))
      assert.ok(values.length > 3)
      assert.equal(
        values.filter(name => !names.includes(name)),
        [],
      )
      assert.equal(
        listed(read.get(entry)!).map(({ name }) => name),
        names,
      )
      for (const named of listed(read.get(entry)!)) {
        const shown = entryOf(page, named.name)
        if ('from' in named) {
          assert.match(shown, `Declared by \`${named.from}\``)
          continue
        }
        assert.match(shown, /^```ts\n\S/m, named.name)
        assert.match(named.described.text, /[a-z]/, `${named.name} has no docstring`)
        assert.ok(shown.length > named.described.text.length, named.name)
      }
    })

    test(`${entry.name}: its links lead to entries`, () => {
      const links = [...page.matchAll(/\]\((?:\.\/(\w+))?#([\w.]+)\)/g)]
      assert.ok(links.length > 10)
      for (const [, other = entry.page, id] of links) assert.match(pages.get(other)!, `{#${id}}`)
    })
  }

  test('a function with overloads is shown once for each way to call it, without the implementation', () => {
    const shown = entryOf(pages.get('millrace')!, 'json')
    assert.is(shown.match(/^function json/gm)?.length, 2)
    assert.not.match(shown, /[^`]\{\n *return/)
  })

  test('a class shows its public methods, an interface its fields with their sentences', () => {
    const page = pages.get('millrace')!
    const stream = entryOf(page, 'Stream')
    for (const method of ['map', 'filter', 'toTable', 'joinGlobal'])
      assert.match(stream, `#### ${method} {#Stream.${method}}`)
    assert.not.match(stream, '#joinTable(')
    assert.match(entryOf(page, 'RunOptions'), '- `readonly processors?: readonly string[]`: Sub-topologies to run')
    assert.match(entryOf(page, 'store'), /#### keyValue .*\n\n```ts\nkeyValue</)
    assert.match(entryOf(page, 'errorCodes'), '- `WRONG_PARTITION: ')
    assert.match(entryOf(page, 'Duration'), 'type Duration = number |')
  })

  test('options that are not exported are described beside the names that take them', () => {
    const page = pages.get('millrace')!
    assert.match(entryOf(page, 'StreamJoinOptions'), 'interface StreamJoinOptions')
    assert.match(entryOf(page, 'Stream'), '[`StreamJoinOptions`](#StreamJoinOptions)')
  })
})
