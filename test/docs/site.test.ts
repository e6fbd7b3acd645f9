// budget: 240 s
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { packageEntries } from '../../docs/.vitepress/reference/entries.ts'
import { suite } from '../support/suite.ts'
import { pages } from './pages.ts'

/** The addresses that a page loads by itself. Links that a reader may follow are not among them. */
function loaded(html: string): readonly string[] {
  const tags = html.matchAll(/<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)="([^"]+)"/g)
  return [...tags].map(([, address]) => address!)
}

suite(
  'documentation site',
  test => {
    test('it builds without a broken link, has every guide and runbook, and loads nothing from elsewhere', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'))
      try {
        const build = ['node_modules/vitepress/bin/vitepress.js', 'build', 'docs', '--outDir', folder]
        await promisify(execFile)(process.execPath, build)
        const made = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.html'))
        const guides = pages.filter(page => page.startsWith('docs/') || page.startsWith('ops/runbooks/'))
        assert.ok(guides.length > 20)
        const sidebar = readFileSync('docs/.vitepress/config.ts', 'utf8')
        for (const page of guides) {
          if (page.startsWith('docs/') && page !== 'docs/index.md')
            assert.ok(sidebar.includes(`'/${page.replace(/\.md$/, '')}'`), `${page} is not in the sidebar`)
          const path = page === 'docs/index.md' ? 'index.html' : page.replace(/\.md$/, '.html')
          assert.ok(made.includes(path), `${page} is not in the site`)
        }
        for (const { name, page } of packageEntries)
          assert.match(readFileSync(join(folder, `docs/api/${page}.html`), 'utf8'), `from &#39;${name}&#39;`)
        for (const path of made)
          assert.equal(
            loaded(readFileSync(join(folder, path), 'utf8')).filter(address => /^(https?:)?\/\//.test(address)),
            [],
            path,
          )
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  },
  { timeoutMs: 180_000 },
)
