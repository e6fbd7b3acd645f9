import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** A block of code between fences, and the file that it is taken from, where a comment before it names one. */
export interface CodeBlock {
  readonly language: string
  readonly source: string | undefined
  readonly code: string
}

const strange = /^(node_modules|dist|\.git|\.millrace)(\/|$)/

/** Every page of Markdown in the repository, but for the one that stands for generated pages. Shape: `['README.md', 'docs/testing.md', ...]`. */
export const pages: readonly string[] = readdirSync('.', { withFileTypes: true })
  .filter(entry => !strange.test(entry.name))
  .flatMap(entry =>
    entry.isDirectory()
      ? readdirSync(entry.name, { recursive: true, encoding: 'utf8' }).map(path => join(entry.name, path))
      : [entry.name],
  )
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => path.endsWith('.md') && path !== 'docs/api/[entry].md')
  .sort()

/** The text of a file of the repository. */
export function text(path: string): string {
  return readFileSync(path, 'utf8')
}

/** The blocks of code of a page. */
export function codeBlocks(page: string): readonly CodeBlock[] {
  const blocks = text(page).matchAll(/(?:<!-- (\S+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)
  return [...blocks].map(([, source, language = '', code = '']) => ({ language, source, code }))
}

/** Pieces of a page that are set as code: the lines of its blocks, without their comments, and the pieces between backticks. */
export function codePieces(page: string): readonly string[] {
  const lines = codeBlocks(page).flatMap(({ code }) => code.split('\n').map(line => line.replace(/\s+# .*$/, '')))
  return [...lines, ...spans(prose(page))]
}

/** The pieces between backticks in a text without blocks of code. */
export function spans(markdown: string): readonly string[] {
  return [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!)
}

/** A page without its blocks of code. */
export function prose(page: string): string {
  return text(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
}

/** The files and folders of the repository to which a page links. */
export function linkedPaths(page: string): readonly string[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
  return targets
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => normalize(join(dirname(page), target.replace(/#.*$/, ''))).replaceAll('\\', '/'))
}
