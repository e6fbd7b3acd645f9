import { fileURLToPath } from 'node:url'
import { packageEntries } from '../.vitepress/reference/entries.ts'
import { entryPages } from '../.vitepress/reference/page.ts'
import { readEntries } from '../.vitepress/reference/read-entry.ts'

/** The pages of the API reference, made of the docstrings whenever the site is built. */
export default {
  paths() {
    const read = readEntries(fileURLToPath(new URL('../..', import.meta.url)), packageEntries)
    return [...entryPages(read)].map(([entry, content]) => ({ params: { entry }, content }))
  },
}
