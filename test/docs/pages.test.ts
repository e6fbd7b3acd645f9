import { existsSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { suite } from '../support/suite.ts'
import { wrongCommands } from './commands.ts'
import { codeBlocks, codePieces, linkedPaths, pages, text } from './pages.ts'
import { missingInMap, missingPaths } from './paths.ts'

const { files } = JSON.parse(text('package.json')) as { readonly files: readonly string[] }

/** Whether the package contains a path; npm adds these two by itself. Source: the `files` field of package.json. */
function shipped(path: string): boolean {
  return [...files, 'package.json', 'LICENSE'].some(pattern => {
    const exact = pattern.split('*').map(escaped)
    return new RegExp(`^${exact.join('[^/]*')}(/|$)`).test(path)
  })
}

function escaped(plain: string): string {
  return plain.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
}

const guides = pages.filter(page => page === 'README.md' || page.startsWith('docs/'))
const flat = (code: string) => code.replaceAll(/^ +/gm, '').trimEnd()

suite('pages', test => {
  test('there are the pages of the library, of the application and of the project', () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', 'DESIGN.md', 'CHANGELOG.md', 'processors/README.md'])
      assert.ok(pages.includes(page), page)
    assert.ok(guides.length >= 6)
    assert.ok(shipped('docs/testing.md') && shipped('examples/fraud.ts') && shipped('LICENSE'))
    assert.not.ok(shipped('processors/README.md') || shipped('examples/data/prices.csv') || shipped('READMEXmd'))
  })

  test('every link leads to a file or folder that exists', () => {
    const broken = pages.flatMap(page => linkedPaths(page).map(path => [page, path] as const))
    assert.ok(broken.length > 40)
    assert.equal(
      broken.filter(([, path]) => !existsSync(path)),
      [],
    )
  })

  test('links of pages in the package stay inside the package', () => {
    const leaving = pages
      .filter(shipped)
      .flatMap(page => linkedPaths(page).map(path => [page, path] as const))
      .filter(([, path]) => !shipped(path))
    assert.equal(leaving, [])
  })

  test('every command that they show exists, with its options', async () => {
    const wrong: string[] = []
    for (const page of pages)
      for (const piece of codePieces(page))
        for (const problem of await wrongCommands(piece, shipped(page))) wrong.push(`${page}: ${problem}`)
    assert.equal(wrong, [])
  })

  test('a command, subcommand, option or script that does not exist is seen', async () => {
    const problems = async (piece: string, inPackage = true) => (await wrongCommands(piece, inPackage)).join()
    assert.match(await problems('npm run wroker'), "no script 'wroker'")
    assert.match(await problems('npx millrace wroker'), "no command 'wroker'")
    assert.match(await problems('npm run worker -- --procesor=a'), 'no option --procesor')
    assert.match(await problems('npm run sim -- --sedes=5'), 'no option --sedes')
    assert.match(await problems('npx millrace dlq rtery'), "no command 'rtery'")
    assert.match(await problems('npx millrace demo'), "no command 'demo'")
    assert.is(await problems('npx millrace demo', false), '')
    assert.is(await problems('npx millrace dlq retry --topic=a --apply'), '')
  })

  test('their snippets are taken from files that run', () => {
    const blocks = pages.flatMap(page => codeBlocks(page).map(block => ({ page, ...block })))
    const marked = blocks.filter(({ source }) => source !== undefined)
    assert.ok(marked.length >= 12)
    for (const { page, source, code } of marked)
      for (const paragraph of flat(code).split('\n\n'))
        assert.ok(flat(text(source!)).includes(paragraph), `${page}: ${source} does not hold:\n${paragraph}`)
    const needsOne = ({ page, language }: (typeof blocks)[number]) =>
      language === 'ts' || (language === 'yaml' && guides.includes(page))
    assert.equal(
      blocks
        .filter(block => needsOne(block) && block.source === undefined)
        .map(({ page, code }) => `${page}:\n${code}`),
      [],
    )
  })

  test('files and folders that are named exist', () => {
    const named = pages.filter(page => page !== 'CHANGELOG.md')
    assert.equal(
      named.flatMap(page => missingPaths(page).map(path => `${page}: ${path}`)),
      [],
    )
    assert.equal(missingInMap('DESIGN.md'), [])
  })
})
