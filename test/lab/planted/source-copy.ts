import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Edit } from './fault.ts'
import { patched, refused } from './patch.ts'

const project = fileURLToPath(new URL('../../../', import.meta.url))
/** The sources and the checkers that run against them. */
const folders = ['topology', 'store', 'schemas', 'gateway', 'ops', 'processors', 'test']
const files = ['package.json', 'tsconfig.json']
/** Large, and read by none of the checkers. */
const leftOut = join(project, 'test', 'data')

/** A temporary copy of the sources in which faults are planted; packages are linked. The project itself is never changed. */
export class SourceCopy {
  readonly root: string
  readonly #before = new Map<string, string>()

  private constructor(root: string) {
    this.root = root
  }

  static async open(): Promise<SourceCopy> {
    const copy = new SourceCopy(await realpath(await mkdtemp(join(tmpdir(), 'millrace-planted-'))))
    try {
      const filter = (from: string) => from !== leftOut
      for (const name of [...folders, ...files])
        await cp(join(project, name), copy.path(name), { recursive: true, filter })
      await symlink(await realpath(join(project, 'node_modules')), copy.path('node_modules'), 'junction')
      return copy
    } catch (error) {
      await copy.close()
      throw error
    }
  }

  /** A path of the copy. */
  path(...parts: readonly string[]): string {
    return join(this.root, ...parts)
  }

  /**
   * Makes the edits: all of them, or none. Errors: FatalError INTERNAL when a file does not exist, or an anchor is not in it
   * exactly once.
   */
  async plant(edits: readonly Edit[]): Promise<void> {
    const written: [file: string, before: string, after: string][] = []
    for (const file of new Set(edits.map(edit => edit.file))) {
      const its = edits.filter(edit => edit.file === file)
      const text = await readFile(this.path(file), 'utf8').catch(() => {
        throw refused(file, its[0]!.anchor, 'has no such file to stand in: name the file as it is called now')
      })
      written.push([file, text, patched(text, its)])
    }
    for (const [file, before, after] of written) {
      if (!this.#before.has(file)) this.#before.set(file, before)
      await writeFile(this.path(file), after)
    }
  }

  /** Puts the sources back as they were copied. */
  async restore(): Promise<void> {
    for (const [file, text] of this.#before) await writeFile(this.path(file), text)
    this.#before.clear()
  }

  /** Adds a file, such as a configuration of a checker. */
  async write(file: string, text: string): Promise<void> {
    await mkdir(join(this.path(file), '..'), { recursive: true })
    await writeFile(this.path(file), text)
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
  }
}
