import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeBlocks, prose, spans } from './pages.ts'

const entries = /^(millrace|drizzle-orm)\//

/**
 * The files and folders that a page names between backticks and that do not exist. A path may leave out `topology/`, and after a
 * path on the same line a name alone stands for a file of the same folder.
 */
export function missingPaths(page: string): readonly string[] {
  return prose(page)
    .split('\n')
    .flatMap(line => {
      let folder = dirname(page)
      return spans(line)
        .filter(span => /^[\w.-]+(\/[\w.-]+)*(\/|\.ts)$/.test(span) && !entries.test(span))
        .filter(span => {
          const bases = ['.', 'topology', dirname(page), folder, dirname(folder)]
          const found = bases.map(base => join(base, span)).find(existsSync)
          if (found !== undefined) folder = span.endsWith('/') ? found : dirname(found)
          return found === undefined
        })
    })
}

/**
 * The names in the file map of a page that stand for nothing. Its lines have a folder, below it folders and files, and below
 * these names of files without `.ts`; two spaces end the names.
 */
export function missingInMap(page: string): readonly string[] {
  const map = codeBlocks(page).find(({ code }) => code.startsWith('topology/'))?.code ?? ''
  const missing: string[] = []
  let [floor, folder] = ['.', '.']
  for (const line of map.trimEnd().split('\n')) {
    const indent = line.search(/\S/)
    const names = line.trim().split(/ {2,}/)[0]!.split(' ')
    const base = indent === 0 ? '.' : indent === 2 ? floor : folder
    const absent = names.filter(name => ![name, `${name}.ts`].some(file => existsSync(join(base, file))))
    missing.push(...absent.map(name => `${base}/${name}`))
    if (indent === 0) floor = names[0]!
    if (indent < 4) folder = join(base, names[0]!)
  }
  return missing
}
